// Telling one model's weights from another's, for runs that lean on a model which no checkpoint holds: a base, a teacher.
import ModelFiles
import Models

extension Transformer {
  /// A sign of which weights these are: SHA-256 over the shape, every vector and the first row of every matrix.
  var fingerprint: String {
    var bytes = Array("\(configuration)".utf8)
    for parameter in parameters {
      for value in parameter.weight.row(0) { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
    }
    return SHA256.hexadecimal(bytes)
  }
}
