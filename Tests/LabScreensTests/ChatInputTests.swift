// Writing in the chat view: typing, pasting, the editor outside, history, slash commands. Not here: what becomes of a message (ChatViewTests).
import Assets
import Chat
import Inference
import Languages
import Synchronization
import Terminal
import Testing
import Tokenization

@testable import LabScreens

@Suite struct ChatInputTests {
  @Test func aPasteNeverSends() throws {
    var driver = try ChatLab.driver()
    driver.send([.paste("line one\nq\n/exit\n")])
    #expect(driver.state.chat.conversation?.isEmpty == true && driver.state.chat.editor.text == "line one\nq\n/exit\n")
    #expect(!driver.state.isLeaving)
  }

  @Test(arguments: [("a C-j b Enter", "a\nb"), ("q u i t Enter", "quit"), ("/ / x Enter", "/x"), ("1 2 3 Enter", "123")])
  func typing(_ keys: String, _ text: String) throws {
    let state = try ChatLab.driver(keys).state
    #expect(state.chat.conversation?.messages.first?.text == text && state.view == .chat && !state.isLeaving)
  }

  @Test func theEditorOutsideGivesItsTextBack() throws {
    var state = try ChatLab.driver("\"the cat\"").state
    let effects = state.update(.input(.key(.control("g"))))
    guard case .editExternally("the cat")? = effects.first else { Issue.record("no editor"); return }
    _ = state.update(.edited(.success("a\nb")))
    #expect(state.chat.editor.text == "a\nb" && state.overlay == nil && state.chat.conversation?.isEmpty == true)
  }

  @Test func historyAndSearch() throws {
    #expect(try ChatLab.driver("\"the cat\" Enter Up").state.chat.editor.text == "the cat")
    #expect(try ChatLab.driver("\"the cat\" Enter C-r m Esc").state.chat.editor.search == nil)
  }

  @Test(arguments: [
    ("/help", \ScreenState.overlay), ("/course", \.overlay),
  ])
  func slashCommandsAreCommands(_ line: String, _ overlay: KeyPath<ScreenState, Overlay?> & Sendable) throws {
    let state = try ChatLab.driver("\"\(line)\" Enter").state
    #expect((state[keyPath: overlay] != nil) == (line == "/help"))
    #expect(state.chat.conversation?.isEmpty == true)
  }

  @Test func moreSlashCommands() throws {
    #expect(try ChatLab.driver("\"/nothing\" Enter").state.notice?.kind == .failure)
    #expect(try ChatLab.driver("\"/trace\" Enter").state.notice?.text.en.contains("llmlab chat") == true)
    #expect(try ChatLab.driver("\"/exit\" Enter").state.isLeaving)
    #expect(try ChatLab.driver("\"/set temperature 0.3\" Enter").state.sampling.temperature == 0.3)
    #expect(try ChatLab.driver("\"/system be short\" Enter").state.chat.conversation?.system == "be short")
    #expect(try ChatLab.driver("\"the cat\" Enter \"/why 1\" Enter").state.chat.why?.token == 0)
    let fresh = try ChatLab.driver("\"the cat\" Enter \"/clear\" Enter").state
    #expect(fresh.chat.conversation?.isEmpty == true)
    #expect(try ChatLab.driver("\"the cat\" Enter \"/edit the mat\" Enter").state.chat.path[0].text == "the mat")
  }

  // MARK: Looking into an answer
}
