import JSONKit
import PluginAPI

/// One stream behind its C pointer, and the functions that C calls.
final class StreamBox {
    private let stream: any PluginStream
    private let sink: Sink

    init(_ stream: any PluginStream, _ sink: Sink) { (self.stream, self.sink) = (stream, sink) }

    private static func of(_ pointer: UnsafeMutableRawPointer) -> StreamBox {
        Unmanaged<StreamBox>.fromOpaque(pointer).takeUnretainedValue()
    }

    static var table: pb_stream_table {
        pb_stream_table(
            open: { plugin, options, sink, stream, error in
                guard let plugin, let sink, let stream else { return PluginProblem(.fault, "no plugin").fill(error) }
                do throws(PluginProblem) {
                    let opened = try StreamBox.open(PluginBox.of(plugin).plugin, options, Sink(sink.pointee))
                    stream.pointee = Unmanaged.passRetained(opened).toOpaque()
                    return 0
                } catch let problem {
                    return problem.fill(error)
                }
            },
            push: { stream, frame in
                guard let stream, let frame else { return PluginProblem.Reason.invalid.rawValue }
                let box = StreamBox.of(stream)
                do throws(PluginProblem) {
                    try box.stream.push(Frame(frame.pointee))
                } catch let problem {
                    // The code alone would lose the text and whether a retry can help.
                    box.sink.fail(problem)
                }
                return 0
            },
            cancel: { stream, item in
                if let stream { StreamBox.of(stream).stream.cancel(item: item) }
            },
            close: { stream in
                guard let stream else { return }
                let box = Unmanaged<StreamBox>.fromOpaque(stream).takeRetainedValue()
                box.sink.close()
                box.stream.close()
            }
        )
    }

    private static func open(_ plugin: any Plugin, _ options: pb_text, _ sink: Sink) throws(PluginProblem) -> StreamBox
    {
        let json: JSON
        do { json = try JSON(parsing: options.length == 0 ? "{}" : String(options)) } catch {
            throw PluginProblem(.invalid, "the options are no JSON: \(error)")
        }
        return StreamBox(try plugin.open(options: json, sink: sink), sink)
    }
}
