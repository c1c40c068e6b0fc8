// The part of the authors' gate that needs a run: every query resolves, the untouched lab and every wrong script fail, every solution
// passes. The run is real in `llmlab course check` and the screens' tests, invented in the course's own. Not here: files (CourseValidation).
import Languages

extension Lesson {
  /// - Parameters:
  ///   - file: how problems call the lesson's folder.
  ///   - open: the lab right after a step has been opened in a language.
  ///   - run: the run as it looks in a state, its cursor above all.
  public func problems(
    file: String, open: (LessonStep, Language) -> LabState, run: (LabState) -> any TraceValues
  ) -> [CourseProblem] {
    var problems = ProblemList(file: file)
    for language in Language.allCases {
      for step in steps {
        let values = run(open(step, language))
        resolve(step[language].queries, values, "\(step.id) (\(language))", answer: nil, guess: nil, &problems)
      }
      for check in checks {
        guard let step = step(ofCheck: check.id) else { continue }
        let state = open(step, language)
        let opened = [LabEvent.openedStep(lesson: id, step: step.id)]
        let place = "\(check.id) (\(language))"
        resolve(
          check.ask[language].queries + check.hints.flatMap { $0.text[language].queries }, run(state), place, answer: nil, guess: nil,
          &problems)
        if check.outcome(state: state, log: opened, run: run(state)) == .passed {
          problems.add(0, zh: "\(place)：什么都没做就通过了", en: "\(place): passes untouched")
        }
        replay(check, language, place, from: state, opened, run, &problems)
      }
    }
    return problems.problems
  }

  private func replay(
    _ check: Check, _ language: Language, _ place: String, from start: LabState, _ opened: [LabEvent], _ run: (LabState) -> any TraceValues,
    _ problems: inout ProblemList
  ) {
    for (scripts, shouldPass) in [(solution, true), (wrong, false)] {
      for script in scripts where script.check == check.id {
        var state = start
        let log: [LabEvent]
        do throws(CourseProblem) {
          log = opened + (try script.replay(&state, run: run))
        } catch {
          problems.add(0, zh: "\(place)：\(error.problem.zh)", en: "\(place): \(error.problem.en)")
          continue
        }
        let values = run(state)
        let (answer, guess) = (check.answer(in: log), check.guess(in: log))
        switch check.outcome(state: state, log: log, run: values) {
        case .passed:
          if !shouldPass { problems.add(0, zh: "\(place)：错误的脚本通过了", en: "\(place): a wrong script passes") }
          let prose = check.why[language] + (check.other?[language] ?? [])
          resolve(prose.queries, values, place, answer: answer, guess: guess, &problems)
        case .wrong(let reason):
          if shouldPass { problems.add(0, zh: "\(place)：解答没有通过", en: "\(place): the solution fails") }
          resolve(reason[language].queries, values, place, answer: answer, guess: guess, &problems)
        case .open:
          if shouldPass { problems.add(0, zh: "\(place)：解答没有做完", en: "\(place): the solution is not complete") }
        case .unknown(let error):
          problems.add(0, zh: "\(place)：\(error.message.zh)", en: "\(place): \(error.message.en)")
        }
      }
    }
  }

  private func resolve(
    _ queries: [TraceQuery], _ values: any TraceValues, _ place: String, answer: CheckAnswer?, guess: CheckAnswer?,
    _ problems: inout ProblemList
  ) {
    for query in queries {
      do throws(TraceError) {
        _ = try query.text(values, answer: answer, guess: guess)
      } catch {
        problems.add(0, zh: "\(place)：\(query.source)：\(error.message.zh)", en: "\(place): \(query.source): \(error.message.en)")
      }
    }
  }
}
