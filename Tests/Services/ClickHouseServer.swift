import Glibc

/// ClickHouse in a temporary folder, with its HTTP interface on a port of its own. User `default` has the password.
///
/// Unchecked: used by one test at a time.
public final class ClickHouseServer: @unchecked Sendable {
    public let port: UInt16
    public let password: String
    private let folder: String
    private var process: ServerProcess?

    public var url: String { "http://127.0.0.1:\(port)" }

    public init(password: String = "cl1ck") throws {
        folder = try ServerProcess.makeFolder()
        port = try ServerProcess.freePort()
        self.password = password
        mkdir("\(folder)/data", 0o700)
        mkdir("\(folder)/tmp", 0o700)
        try write(configuration(tcp: try ServerProcess.freePort(), other: try ServerProcess.freePort()), "config.xml")
        try write(users, "users.xml")
        try start()
    }

    deinit {
        stop()
        Shell.run("rm -rf '\(folder)'")
    }

    /// Starts it, on what it has stored.
    public func start() throws {
        process = try ServerProcess(
            ["/usr/sbin/clickhouse-server", "--config-file=\(folder)/config.xml"],
            folder: folder
        )
        try ServerProcess.wait(seconds: 30, for: "clickhouse-server (is the Debian package installed?)") {
            PlainRequest.send("GET", "/ping", port: port, seconds: 1)?.status == 200
        }
    }

    public func stop() {
        process?.stop()
        process = nil
    }

    public func kill() {
        process?.kill()
        process = nil
    }

    public func pause() { process?.pause() }

    public func resume() { process?.resume() }

    /// Runs one statement as `default`; its answer, or the error's text.
    @discardableResult
    public func run(_ sql: String, database: String = "default") -> String {
        let headers = ["X-ClickHouse-User: default", "X-ClickHouse-Key: \(password)"]
        let answer = PlainRequest.send("POST", "/?database=\(database)", port: port, headers: headers, body: sql)
        return answer?.body ?? "no answer"
    }

    private func write(_ text: String, _ name: String) throws {
        guard let file = fopen("\(folder)/\(name)", "w") else { throw ServiceFailure("cannot write \(name)") }
        fputs(text, file)
        fclose(file)
    }

    private func configuration(tcp: UInt16, other: UInt16) -> String {
        """
        <yandex>
          <logger><level>warning</level><log>\(folder)/server.log</log><errorlog>\(folder)/error.log</errorlog></logger>
          <http_port>\(port)</http_port><tcp_port>\(tcp)</tcp_port><interserver_http_port>\(other)</interserver_http_port>
          <listen_host>127.0.0.1</listen_host>
          <path>\(folder)/data/</path><tmp_path>\(folder)/tmp/</tmp_path>
          <users_config>\(folder)/users.xml</users_config>
          <default_profile>default</default_profile><default_database>default</default_database>
          <mark_cache_size>67108864</mark_cache_size><max_concurrent_queries>20</max_concurrent_queries>
          <timezone>Asia/Tokyo</timezone>
        </yandex>
        """
    }

    /// `reader` may look and nothing else.
    private var users: String {
        func user(_ name: String, _ profile: String) -> String {
            """
            <\(name)><password>\(password)</password><networks><ip>::/0</ip></networks>\
            <profile>\(profile)</profile><quota>default</quota></\(name)>
            """
        }
        return """
            <yandex>
              <profiles>
                <default><max_memory_usage>1000000000</max_memory_usage></default>
                <readonly><readonly>1</readonly></readonly>
              </profiles>
              <users>\(user("default", "default"))\(user("reader", "readonly"))</users>
              <quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors>
                <result_rows>0</result_rows><read_rows>0</read_rows><execution_time>0</execution_time>
              </interval></default></quotas>
            </yandex>
            """
    }
}
