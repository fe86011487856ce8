import Core
import Glibc
import JSONKit
import PluginAPI

extension CheckStage {
    func loads() throws(Verdict) -> Verdict {
        let before = Self.threads
        let library = try load()
        guard library.entry() == library.table else {
            return .failed("patchbay_plugin_v1 answers another table when it is called again")
        }
        let table = library.table.pointee
        if Self.threads > before { return .failed("starts a thread when it is loaded") }
        if !library.schema.isEmpty {
            do {
                _ = try JSONSchema(try JSON(parsing: library.schema), definitions: .null)
            } catch {
                return .failed("its config_schema is no JSON Schema: \(error)")
            }
        }
        if table.flags & ~UInt32(PB_PLUGIN_BLOCKS | PB_PLUGIN_UNLOADABLE) != 0 {
            return .warning("has flags that this host does not know: \(table.flags)")
        }
        guard library.name.hasPrefix("\(library.kind)-") else {
            return .warning("is called \(library.name); names begin with the kind: \(library.kind)-...")
        }
        return .passed("\(library.name) \(library.version)")
    }

    func configuration() throws(Verdict) -> Verdict {
        let library = try load()
        var remark = ""
        for text in ["", "[]", "null", "{\"patchbay-check\": ", "\u{0}"] {
            let instance = CheckInstance(library, host)
            if let failure = instance.create(text) {
                if failure.message.isEmpty { remark = "refuses a configuration without saying why" }
            } else {
                instance.destroy()
            }
        }
        let instance = try make(library)
        let start = Moment.now()
        let illness = instance.health()
        let took = (Moment.now().microseconds - start.microseconds) / 1000
        instance.destroy()
        if took > 2500 { return .failed("health takes \(took) ms though it was given 2000") }
        if let illness { return .passed("health says: \(illness)") }
        return remark.isEmpty ? .passed() : .warning(remark)
    }

    func interfaces() throws(Verdict) -> Verdict {
        let library = try load()
        let instance = try make(library)
        defer { instance.destroy() }
        for id in ["", "patchbay.\(library.kind)/999", "patchbay.nothing/1", "patchbay", "\u{1F44B}/1"]
        where instance.find(id) != nil {
            return .failed("answers a table for \"\(id)\", which nobody defined")
        }
        var ids =
            library.kind == "telephony"
            ? [PB_TELEPHONY_MEDIA, PB_TELEPHONY_WEBHOOK] : ["patchbay.\(library.kind)/1"]
        // Not every carrier places calls.
        if library.kind == "telephony", instance.find(PB_TELEPHONY_CALLS) != nil { ids.append(PB_TELEPHONY_CALLS) }
        for id in ids {
            guard let table = instance.find(id)?.pointee else { return .failed("does not offer \(id)") }
            guard table.open != nil, table.push != nil, table.cancel != nil, table.close != nil else {
                return .failed("\(id): open, push, cancel and close must all be set")
            }
        }
        return .passed(ids.joined(separator: ", "))
    }

    func leaving() throws(Verdict) -> Verdict {
        let copy = try liveAndLeave()
        if Library.isMapped(copy) { return .failed("stays mapped after dlclose; is it C++ with unique symbols?") }
        return .passed()
    }

    /// Loads, lives and lets go; the path that was mapped.
    private func liveAndLeave() throws(Verdict) -> String {
        let before = Self.threads
        let library = try load()
        guard library.isUnloadable else {
            throw .skipped("does not say PB_PLUGIN_UNLOADABLE: stays mapped when it is exchanged")
        }
        try live(library)
        for _ in 0..<200 where Self.threads > before { usleep(10_000) }
        let left = Self.threads - before
        guard left <= 0 else {
            // Unmapping the code that they run would end this process before it has told.
            _ = Unmanaged.passRetained(library)
            throw .failed("\(left) threads are left after destroy")
        }
        return library.copy
    }

    /// A short life: an instance, a stream, an item.
    private func live(_ library: Library) throws(Verdict) {
        let instance = try make(library)
        defer { instance.destroy() }
        let script = try script(library)
        let stream = try open(instance, script)
        stream.push(script.input(1), item: 1)
        _ = stream.wait(5) { $0.isOver || $0.has(Int(PB_FRAME_DONE), 1) }
        stream.close()
    }
}
