// A binary min-heap, for the merge queue of the encoder and of the trainer. Not here: what the elements mean.

struct Heap<Element: Comparable> {
  private var elements: [Element]

  /// Builds the heap in linear time.
  init(_ content: [Element] = []) {
    elements = content
    for i in stride(from: elements.count / 2 - 1, through: 0, by: -1) { sink(i) }
  }

  mutating func push(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard elements[child] < elements[parent] else { return }
      elements.swapAt(child, parent)
      child = parent
    }
  }

  mutating func popMin() -> Element? {
    guard let last = elements.popLast() else { return nil }
    guard let smallest = elements.first else { return last }
    elements[0] = last
    sink(0)
    return smallest
  }

  private mutating func sink(_ start: Int) {
    var parent = start
    while true {
      var child = 2 * parent + 1
      guard child < elements.count else { return }
      if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
      guard elements[child] < elements[parent] else { return }
      elements.swapAt(child, parent)
      parent = child
    }
  }
}
