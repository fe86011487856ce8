# bash completion for patchbay; rendered by `patchbay completions bash`.
_patchbay() {
    local words="" current="${COMP_WORDS[COMP_CWORD]}"
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="system plugin route breaker call agent campaign collection event session delivery job privacy lead dnc analytics config metrics serve loader carrier demo help completions"
    elif [ "$COMP_CWORD" -eq 2 ]; then
        case "${COMP_WORDS[1]}" in
        system) words="info health drain shutdown" ;;
        plugin) words="list describe check load swap fail unload" ;;
        route) words="list set test" ;;
        breaker) words="list reset" ;;
        call) words="list get place say dtmf transfer hangup" ;;
        agent) words="list get put delete check test" ;;
        campaign) words="put check list get start pause report explain complete delete simulate" ;;
        collection) words="create list add search delete" ;;
        event) words="append list subscribe" ;;
        session) words="list get" ;;
        delivery) words="list retry" ;;
        job) words="list get run cancel" ;;
        privacy) words="erase" ;;
        lead) words="add import list count get update explain close" ;;
        dnc) words="add list remove" ;;
        analytics) words="list query" ;;
        config) words="get check" ;;
        metrics) words="get" ;;
        completions) words="bash zsh fish" ;;
        serve | loader) words="--config" ;;
        carrier) words="--host --port --personas --seed --speed --account --mute" ;;
        esac
    elif [[ "$current" == -* ]]; then
        case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in
        "system info") words="--json --socket --timeout --help" ;;
        "system health") words="--json --socket --timeout --help" ;;
        "system drain") words="--deadline_s --json --socket --timeout --help" ;;
        "system shutdown") words="--deadline_s --json --socket --timeout --help" ;;
        "plugin list") words="--kind --json --socket --timeout --help" ;;
        "plugin describe") words="--name --json --socket --timeout --help" ;;
        "plugin check") words="--path --config --json --socket --timeout --help" ;;
        "plugin load") words="--path --name --config --json --socket --timeout --help" ;;
        "plugin swap") words="--name --path --config --generation --check --drain_s --json --socket --timeout --help" ;;
        "plugin fail") words="--name --after_frames --json --socket --timeout --help" ;;
        "plugin unload") words="--name --drain_s --json --socket --timeout --help" ;;
        "route list") words="--kind --json --socket --timeout --help" ;;
        "route set") words="--name --kind --steps --if_revision --json --socket --timeout --help" ;;
        "route test") words="--name --input --options --json --socket --timeout --help" ;;
        "breaker list") words="--json --socket --timeout --help" ;;
        "breaker reset") words="--plugin --json --socket --timeout --help" ;;
        "call list") words="--agent --limit --json --socket --timeout --help" ;;
        "call get") words="--call_id --json --socket --timeout --help" ;;
        "call place") words="--to --agent --caller_id --fields --rings_s --request_id --json --socket --timeout --help" ;;
        "call say") words="--call_id --text --json --socket --timeout --help" ;;
        "call dtmf") words="--call_id --digits --json --socket --timeout --help" ;;
        "call transfer") words="--call_id --to --json --socket --timeout --help" ;;
        "call hangup") words="--call_id --reason --json --socket --timeout --help" ;;
        "agent list") words="--json --socket --timeout --help" ;;
        "agent get") words="--name --json --socket --timeout --help" ;;
        "agent put") words="--document --if_revision --json --socket --timeout --help" ;;
        "agent delete") words="--name --if_revision --json --socket --timeout --help" ;;
        "agent check") words="--document --json --socket --timeout --help" ;;
        "campaign put") words="--document --if_revision --json --socket --timeout --help" ;;
        "campaign check") words="--document --json --socket --timeout --help" ;;
        "campaign list") words="--json --socket --timeout --help" ;;
        "campaign get") words="--name --json --socket --timeout --help" ;;
        "campaign start") words="--name --at_once --json --socket --timeout --help" ;;
        "campaign pause") words="--name --reason --json --socket --timeout --help" ;;
        "campaign report") words="--name --day --price_per_minute --currency --html --csv --json --socket --timeout --help" ;;
        "campaign explain") words="--name --limit --json --socket --timeout --help" ;;
        "campaign complete") words="--name --reason --json --socket --timeout --help" ;;
        "campaign delete") words="--name --if_revision --json --socket --timeout --help" ;;
        "collection create") words="--name --metric --json --socket --timeout --help" ;;
        "collection list") words="--json --socket --timeout --help" ;;
        "collection add") words="--name --documents --json --socket --timeout --help" ;;
        "collection search") words="--name --text --limit --filter --json --socket --timeout --help" ;;
        "collection delete") words="--name --documents --json --socket --timeout --help" ;;
        "event append") words="--events --json --socket --timeout --help" ;;
        "event list") words="--after --topics --call --limit --json --socket --timeout --help" ;;
        "event subscribe") words="--topics --after --call --json --socket --timeout --help" ;;
        "session list") words="--json --socket --timeout --help" ;;
        "session get") words="--call_id --json --socket --timeout --help" ;;
        "delivery list") words="--consumer --state --limit --json --socket --timeout --help" ;;
        "delivery retry") words="--consumer --positions --json --socket --timeout --help" ;;
        "job list") words="--kind --state --subject --limit --json --socket --timeout --help" ;;
        "job get") words="--job_id --json --socket --timeout --help" ;;
        "job run") words="--kind --subject --period --wait --json --socket --timeout --help" ;;
        "job cancel") words="--job_id --json --socket --timeout --help" ;;
        "privacy erase") words="--subject --wait --json --socket --timeout --help" ;;
        "lead add") words="--list --leads --country --update --json --socket --timeout --help" ;;
        "lead import") words="--path --list --source --country --format --encoding --update --route --wait --json --socket --timeout --help" ;;
        "lead list") words="--list --state --disposition --number --external_id --after --limit --json --socket --timeout --help" ;;
        "lead count") words="--lists --json --socket --timeout --help" ;;
        "lead get") words="--lead_id --json --socket --timeout --help" ;;
        "lead update") words="--lead_id --lead --country --next_at --callback_at --reopen --json --socket --timeout --help" ;;
        "lead explain") words="--lead_id --campaign --at --json --socket --timeout --help" ;;
        "lead close") words="--lead_id --reason --json --socket --timeout --help" ;;
        "dnc add") words="--patterns --campaign --reason --country --json --socket --timeout --help" ;;
        "dnc list") words="--campaign --after --limit --json --socket --timeout --help" ;;
        "dnc remove") words="--pattern --campaign --json --socket --timeout --help" ;;
        "analytics list") words="--json --socket --timeout --help" ;;
        "analytics query") words="--name --from --to --limit --csv --json --socket --timeout --help" ;;
        "config get") words="--path --json --socket --timeout --help" ;;
        "metrics get") words="--prefix --format --json --socket --timeout --help" ;;
        esac
    fi
    if [ -n "$words" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -o filenames -F _patchbay patchbay
