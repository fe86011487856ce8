import JSONKit
import PluginAPI

/// One stream behind its C pointer, and the functions that C calls.
final class StreamBox {
    private let stream: any PluginStream

    init(_ stream: any PluginStream) { self.stream = stream }

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
                do throws(PluginProblem) {
                    try StreamBox.of(stream).stream.push(Frame(frame.pointee))
                    return 0
                } catch let problem {
                    return problem.reason.rawValue
                }
            },
            cancel: { stream, item in
                if let stream { StreamBox.of(stream).stream.cancel(item: item) }
            },
            close: { stream in
                guard let stream else { return }
                Unmanaged<StreamBox>.fromOpaque(stream).takeRetainedValue().stream.close()
            }
        )
    }

    private static func open(_ plugin: any Plugin, _ options: pb_text, _ sink: Sink) throws(PluginProblem) -> StreamBox
    {
        let json: JSON
        do { json = try JSON(parsing: options.length == 0 ? "{}" : String(options)) } catch {
            throw PluginProblem(.invalid, "the options are no JSON: \(error)")
        }
        return StreamBox(try plugin.open(options: json, sink: sink))
    }
}
