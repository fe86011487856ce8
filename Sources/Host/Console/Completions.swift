import RPCSchema

/// Completions for shells, from the document: `packaging/completions` holds what this renders.
struct Completions {
    private let interface: Interface

    init(_ interface: Interface) { self.interface = interface }

    func script(for shell: String?) throws(ConsoleFailure) -> String {
        switch shell {
        case "bash": bash
        case "zsh": zsh
        case "fish": fish
        default: throw .usage("completions are there for bash, zsh and fish, as in `patchbay completions bash`")
        }
    }

    private var namespaces: [String] { interface.namespaces.filter { !visible($0).isEmpty } }

    private func visible(_ namespace: String) -> [Operation] {
        interface.callable.filter { $0.namespace == namespace && !$0.hints.isHidden }
    }

    /// What may follow a namespace, the executable's own verbs last.
    private func verbs(_ namespace: String) -> [(name: String, summary: String)] {
        visible(namespace).map { ($0.verb, $0.summary) }
            + Help.ownVerbs.filter { $0.namespace == namespace }.map { ($0.verb, $0.summary) }
    }

    private func flags(_ operation: Operation) -> [(name: String, summary: String)] {
        operation.parameters.map { ($0.name, $0.summary) }
            + Invocation.flags(of: operation).map { ($0.name, $0.summary) }
    }

    private var first: [String] { namespaces + Help.ownCommands.map(\.name) }

    private var bash: String {
        var cases = ""
        for namespace in namespaces {
            let verbs = self.verbs(namespace).map(\.name).joined(separator: " ")
            cases += "        \(namespace)) words=\"\(verbs)\" ;;\n"
        }
        var flagCases = ""
        for operation in namespaces.flatMap(visible) {
            let words = flags(operation).map { "--\($0.name)" }.joined(separator: " ")
            flagCases += "        \"\(operation.namespace) \(operation.verb)\") words=\"\(words)\" ;;\n"
        }
        return """
            # bash completion for patchbay; rendered by `patchbay completions bash`.
            _patchbay() {
                local words="" current="${COMP_WORDS[COMP_CWORD]}"
                if [ "$COMP_CWORD" -eq 1 ]; then
                    words="\(first.joined(separator: " "))"
                elif [ "$COMP_CWORD" -eq 2 ]; then
                    case "${COMP_WORDS[1]}" in
            \(cases)        completions) words="bash zsh fish" ;;
                    serve | loader) words="--config" ;;
                    carrier) words="--host --port --personas --seed --speed --account --mute" ;;
                    esac
                elif [[ "$current" == -* ]]; then
                    case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in
            \(flagCases)        esac
                fi
                if [ -n "$words" ]; then
                    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
                else
                    mapfile -t COMPREPLY < <(compgen -f -- "$current")
                fi
            }
            complete -o filenames -F _patchbay patchbay

            """
    }

    private var zsh: String {
        var text = "#compdef patchbay\n# zsh completion for patchbay; rendered by `patchbay completions zsh`.\n"
        text += "_patchbay() {\n    if (( CURRENT == 2 )); then\n        local -a commands=(\n"
        for namespace in namespaces { text += "            '\(namespace)'\n" }
        for own in Help.ownCommands { text += "            '\(own.name):\(Self.quoted(own.summary))'\n" }
        text += "        )\n        _describe command commands\n        return\n    fi\n    case \"$words[2]\" in\n"
        for namespace in namespaces {
            text += "    \(namespace))\n        if (( CURRENT == 3 )); then\n            local -a verbs=(\n"
            for verb in verbs(namespace) {
                text += "                '\(verb.name):\(Self.quoted(verb.summary))'\n"
            }
            text += "            )\n            _describe verb verbs\n            return\n        fi\n"
            text += "        case \"$words[3]\" in\n"
            for operation in visible(namespace) {
                text += "        \(operation.verb))\n            _arguments '*:file:_files'"
                for flag in flags(operation) {
                    text += " \\\n                '--\(flag.name)[\(Self.quoted(flag.summary))]'"
                }
                text += "\n            ;;\n"
            }
            text += "        esac\n        ;;\n"
        }
        return text
            + "    completions) _values shell bash zsh fish ;;\n    *) _files ;;\n    esac\n}\n_patchbay \"$@\"\n"
    }

    private var fish: String {
        var text = "# fish completion for patchbay; rendered by `patchbay completions fish`.\n"
        let known = first.joined(separator: " ")
        for namespace in namespaces {
            text += "complete -c patchbay -f -n 'not __fish_seen_subcommand_from \(known)' -a \(namespace)\n"
        }
        for own in Help.ownCommands {
            text += "complete -c patchbay -f -n 'not __fish_seen_subcommand_from \(known)' -a \(own.name)"
            text += " -d '\(Self.quoted(own.summary))'\n"
        }
        for namespace in namespaces {
            let verbs = self.verbs(namespace).map(\.name).joined(separator: " ")
            let seen = "__fish_seen_subcommand_from \(namespace)"
            for verb in self.verbs(namespace) {
                text += "complete -c patchbay -f -n '\(seen); and not __fish_seen_subcommand_from \(verbs)'"
                text += " -a \(verb.name) -d '\(Self.quoted(verb.summary))'\n"
            }
            for operation in visible(namespace) {
                for flag in flags(operation) {
                    text += "complete -c patchbay -n '\(seen); and __fish_seen_subcommand_from \(operation.verb)'"
                    text += " -l \(flag.name) -d '\(Self.quoted(flag.summary))'\n"
                }
            }
        }
        return text + "complete -c patchbay -f -n '__fish_seen_subcommand_from completions' -a 'bash zsh fish'\n"
    }

    /// Fit to stand between single quotes, and in zsh's brackets and behind its colons.
    private static func quoted(_ text: String) -> String {
        String(
            text.compactMap { character in
                switch character {
                case "'", "[", "]", "`": nil
                case ":": ";"
                default: character
                }
            }
        )
    }
}
