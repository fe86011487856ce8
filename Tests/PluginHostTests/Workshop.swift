import Core
import Glibc
import IO
import JSONKit
import PluginHost
import Synchronization

/// Builds plugins from C with the system's compiler and loads them through a registry of its own.
final class Workshop {
    let folder: String
    let loop: PollLoop
    let http: HTTPClient
    let registry: Registry
    let events = EventBox()

    private static let repository: String = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    init() throws {
        var template = Array("/tmp/patchbay-workshop-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        loop = try PollLoop(name: "workshop")
        loop.start()
        let events = events
        http = HTTPClient(loop: loop)
        let services = HostServices(loop: loop, http: http, secretsFolder: folder)
        registry = Registry(folder: "\(folder)/generations", host: services) { events.add($0) }
    }

    deinit {
        loop.stop()
        _ = system("rm -rf '\(folder)'")
    }

    /// The path of a library made from C, or with another compiler.
    func build(
        _ name: String,
        _ source: String,
        with compiler: String = "cc -std=gnu11 -shared -fPIC -fvisibility=hidden -pthread"
    ) throws -> String {
        let path = "\(folder)/\(name)"
        let file = fopen("\(path).c", "w")
        fputs(source, file)
        fclose(file)
        let include = "\(Self.repository)/Sources/PluginAPI/include"
        let command = "\(compiler) -I'\(include)' '\(path).c' -o '\(path).so'"
        guard system(command) == 0 else { throw BuildFailure() }
        return "\(path).so"
    }

    struct BuildFailure: Error {}

    /// The path of a library made by an example's own Makefile.
    func build(example: String, _ library: String) throws -> String {
        let source = "\(Self.repository)/examples/\(example)"
        let copy = "\(folder)/\(example)"
        let include = "\(Self.repository)/Sources/PluginAPI/include"
        guard system("cp -r '\(source)' '\(copy)' && make -s -C '\(copy)' PATCHBAY='\(include)'") == 0 else {
            throw BuildFailure()
        }
        return "\(copy)/\(library)"
    }

    /// The path of a library made from one Swift file, with the kit that SwiftPM built beside this runner.
    func build(swift file: String, _ name: String, defining symbol: String = "ONE") throws -> String {
        let runner = CommandLine.arguments[0]
        let built = String(runner[..<(runner.lastIndex(of: "/") ?? runner.endIndex)])
        let sources = "\(Self.repository)/Sources"
        let command = """
            swiftc -swift-version 6 -Onone -D \(symbol) -emit-library -parse-as-library -module-name Sample \
            -I '\(built)/Modules' -Xcc -fmodule-map-file='\(sources)/PluginAPI/include/module.modulemap' \
            -Xcc -I'\(sources)/PluginAPI/include' -Xcc -fmodule-map-file='\(sources)/CJSON/module.modulemap' \
            -Xcc -I/usr/include/json-c '\(file)' '\(built)'/PluginKit.build/*.o '\(built)'/JSONKit.build/*.o -ljson-c \
            -Xlinker --version-script='\(Self.repository)/Plugins/exports.map' -o '\(folder)/\(name).so'
            """
        guard system(command) == 0 else { throw BuildFailure() }
        return "\(folder)/\(name).so"
    }

    /// A file of the repository.
    static func file(_ path: String) -> String { "\(repository)/\(path)" }

    /// A plugin that answers every text with `answer`; `body` may replace parts of it.
    static func parrot(
        _ answer: String,
        push: String = "",
        close: String = "free(s);",
        create: String = "",
        flags: String = "0",
        abi: String = "PB_ABI",
        size: String = "sizeof(pb_plugin)",
        kind: String = "intent",
        schema: String = ""
    ) -> String {
        """
        #include <patchbay.h>
        #include <pthread.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        typedef struct st { pb_sink sink; } st;
        static void say(st *s, uint32_t type, uint64_t item, const char *text) {
            pb_frame f = {.type = type, .item = item, .data = text, .length = strlen(text)};
            s->sink.emit(s->sink.context, &f);
        }
        static int32_t create(const pb_host *h, pb_text c, void **p, pb_error *e) { \(create) *p = malloc(1); return 0; }
        static void destroy(void *p) { free(p); }
        static int32_t sopen(void *p, pb_text o, const pb_sink *k, void **out, pb_error *e) {
            st *s = calloc(1, sizeof *s); s->sink = *k; *out = s; return 0;
        }
        static int32_t spush(void *v, const pb_frame *f) {
            st *s = v;
            if (f->type != PB_FRAME_TEXT) return 0;
            \(push.isEmpty ? "say(s, PB_FRAME_TEXT, f->item, \"\(answer)\"); say(s, PB_FRAME_DONE, f->item, \"\");" : push)
            return 0;
        }
        static void scancel(void *v, uint64_t item) {}
        static void sclose(void *v) { st *s = v; \(close) }
        static const pb_stream_table table = {sopen, spush, scancel, sclose};
        static const pb_stream_table *find(void *p, const char *id) { return strcmp(id, "patchbay.intent/1") ? 0 : &table; }
        static const pb_plugin plugin = {\(abi), \(size), \(flags), 0, {"parrot", 6}, {"\(kind)", \(kind.utf8.count)}, {"1", 1},
            {"\(schema.replacing("\"", with: "\\\""))", \(schema.utf8.count)}, create, find, 0, destroy};
        const pb_plugin *patchbay_plugin_v1(void) { return &plugin; }
        """
    }
}

/// The events that a registry recorded. Any thread.
final class EventBox: Sendable {
    private let events = Mutex<[Event]>([])

    func add(_ event: Event) { events.withLock { $0.append(event) } }

    func has(_ topic: Topic) -> Bool { events.withLock { $0.contains { $0.topic == topic } } }
}
