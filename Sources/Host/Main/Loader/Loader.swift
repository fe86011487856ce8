import Core
import Glibc
import IO

/// `patchbay loader --config FILE`: brings what the broker has to the warehouse.
///
/// A process of its own, of which any number may run, on any machine: the broker shares its records among those of one
/// group. It keeps nothing: how far it has come is the broker's to know, and what was loaded twice stands once in the
/// warehouse, so it may be killed at any time.
enum Loader {
    /// What is under way when the process is told to end is finished within this.
    private static let patience: Duration = .seconds(30)

    static func run(_ arguments: [String]) async -> Int32 {
        do throws(StartFailure) {
            let configuration = try Configuration.read(Configuration.path(arguments, of: "loader"))
            configuration.log.apply()
            let plant = try LoaderPlant(configuration)
            let page = try LoaderPage(configuration.loader, plant)
            Terminal.print(
                "Loading from \(plant.broker) into the warehouse, as \(configuration.loader.group). Stop with Ctrl-C."
            )
            for (plugin, problem) in plant.problems() { Terminal.print("Mind: \(plugin): \(problem)") }
            let work = Task { await plant.run() }
            let diary = Task { await plant.watch() }
            await Termination.wait()
            diary.cancel()
            await end(work)
            plant.figures.write()
            page?.stop()
            Terminal.print("Stopped. What was not loaded waits at the broker.")
            return 0
        } catch {
            Terminal.complain("patchbay: \(error)")
            return 1
        }
    }

    private static func end(_ work: Task<Void, Never>) async {
        work.cancel()
        let clock = Task {
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            Log("loader").warning("the warehouse does not answer; the batch under way comes again")
            exit(0)
        }
        await work.value
        clock.cancel()
    }
}
