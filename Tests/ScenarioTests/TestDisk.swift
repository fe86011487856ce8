import Glibc
import Services

/// A disk of its own for a host's state, that can be filled up and emptied: a file system in memory. Needs root.
final class TestDisk {
    private let folder: String
    /// Whether this user may mount.
    static let isPossible = getuid() == 0 && system("unshare -m true 2>/dev/null") == 0

    init(at folder: String) throws {
        self.folder = folder
        mkdir(folder, 0o700)
        guard system("mount -t tmpfs -o size=700m,mode=0700 none '\(folder)'") == 0 else {
            throw ServiceFailure("no file system could be mounted at \(folder)")
        }
    }

    deinit { _ = system("umount -l '\(folder)'") }

    /// Takes what is free, to the last byte.
    func fill() throws {
        let file = open("\(folder)/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        for size in [1 << 20, 4096, 1] {
            let zeros = [UInt8](repeating: 0, count: size)
            while write(file, zeros, size) > 0 {}
        }
        guard errno == ENOSPC else { throw ServiceFailure("the disk is not full: \(String(cString: strerror(errno)))") }
    }

    func empty() { unlink("\(folder)/filler") }
}
