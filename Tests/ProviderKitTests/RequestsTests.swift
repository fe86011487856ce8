import Glibc
import PluginKit
import ProviderKit
import Synchronization
import Testing

@Suite struct RequestsTests {
    private let fake = FakeHost()
    private let requests: Requests

    init() { requests = Requests(fake.host, fake.sink, most: 3) }

    private func send(_ item: UInt64) throws {
        try requests.send(HTTPRequest("POST", "http://x/"), item: item, to: Completion(requests, item))
    }

    @Test func `an item has its words, its DONE, and after the last one comes END`() throws {
        for item: UInt64 in [1, 2] {
            try requests.reserve(item)
            try send(item)
        }
        requests.end()
        fake.answer(2)
        #expect(fake.emitted == ["frame 2", "done 2"])
        fake.answer(1)
        #expect(fake.emitted == ["frame 2", "done 2", "frame 1", "done 1", "end"])
    }

    @Test func `an item that is cancelled while it waits is closed at once, and its request is never made`() throws {
        try requests.reserve(1)
        requests.cancel(item: 1)
        try send(1)
        requests.complete(item: 1) { $0.emit(text: "late", item: 1) }
        requests.emit(item: 1) { $0.emit(text: "late", item: 1) }
        #expect(fake.emitted == ["done 1"])
        #expect(fake.waiting.isEmpty)
    }

    @Test func `cancelling gives up the request that took the place of another`() throws {
        try requests.reserve(1)
        let again = Again(requests)
        try requests.send(HTTPRequest("POST", "http://x/"), item: 1, to: again)
        fake.answer(1)
        #expect(fake.waiting == [2])
        requests.cancel(item: 0)
        requests.cancel(item: 0)
        #expect(fake.cancelled == [2])
        #expect(fake.emitted == ["done 1"])
    }

    @Test func `an item twice, and one too many, are refused`() throws {
        for item: UInt64 in 1...3 { try requests.reserve(item) }
        #expect(throws: PluginProblem.self) { try requests.reserve(4) }
        requests.complete(item: 2)
        #expect(throws: PluginProblem.self) { try requests.reserve(1) }
        try requests.reserve(4)
    }

    @Test func `after close nothing is said, and what was under way is given up`() throws {
        try requests.reserve(1)
        try send(1)
        requests.close()
        #expect(fake.cancelled == [1])
        requests.complete(item: 1)
        requests.cancel(item: 1)
        requests.end()
        #expect(fake.emitted.isEmpty)
    }

    @Test func `an answer and a cancelling at the same moment make one DONE`() throws {
        for item in UInt64(1)...300 {
            try requests.reserve(item)
            try send(item)
            let thread = Parallel { [fake] in fake.answer(item) }
            requests.cancel(item: item)
            thread.join()
            #expect(fake.emitted.filter { $0 == "done \(item)" }.count == 1)
            // No word after it.
            #expect(fake.emitted.last == "done \(item)")
        }
    }
}

/// Says one word, and completes the item.
private final class Completion: HTTPReceiver {
    private let requests: Requests
    private let item: UInt64

    init(_ requests: Requests, _ item: UInt64) { (self.requests, self.item) = (requests, item) }

    func head(status: Int, headers: [(name: String, value: String)]) {}
    func body(_ bytes: UnsafeRawBufferPointer) {}
    func done(_ problem: PluginProblem?) {
        requests.emit(item: item) { $0.emit(text: "word", item: item) }
        requests.complete(item: item)
    }
}

/// Makes another request for item 1 when the first is over.
private final class Again: HTTPReceiver {
    private let requests: Requests

    init(_ requests: Requests) { self.requests = requests }

    func head(status: Int, headers: [(name: String, value: String)]) {}
    func body(_ bytes: UnsafeRawBufferPointer) {}
    func done(_ problem: PluginProblem?) {
        try? requests.send(HTTPRequest("POST", "http://x/"), item: 1, to: Completion(requests, 1))
    }
}

/// A thread of its own for one piece of work.
private final class Parallel {
    private var thread = pthread_t()

    init(_ work: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Work(work)).toOpaque()
        pthread_create(
            &thread,
            nil,
            { box in
                Unmanaged<Work>.fromOpaque(box!).takeRetainedValue().work()
                return nil
            },
            box
        )
    }

    func join() { pthread_join(thread, nil) }

    private final class Work {
        let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }
}
