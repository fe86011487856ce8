#compdef patchbay
# zsh completion for patchbay; rendered by `patchbay completions zsh`.
_patchbay() {
    if (( CURRENT == 2 )); then
        local -a commands=(
            'system'
            'plugin'
            'route'
            'breaker'
            'call'
            'agent'
            'campaign'
            'collection'
            'event'
            'session'
            'delivery'
            'job'
            'privacy'
            'lead'
            'dnc'
            'analytics'
            'config'
            'metrics'
            'serve:Run a host.'
            'loader:Load what the broker has into the warehouse.'
            'carrier:A carrier to practise on; it calls personas.'
            'demo:Hear the product work, with a host of its own.'
            'help:What a command does.'
            'completions:Completions for a shell.'
        )
        _describe command commands
        return
    fi
    case "$words[2]" in
    system)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'info:What runs here'
                'health:Whether the host can take calls'
                'drain:Take no new calls; let live ones finish'
                'shutdown:Drain, make everything durable, and exit'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        info)
            _arguments '*:file:_files' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        health)
            _arguments '*:file:_files' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        drain)
            _arguments '*:file:_files' \
                '--deadline_s[Live calls are ended after so many seconds. Absent; the configured limits.drain_s.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        shutdown)
            _arguments '*:file:_files' \
                '--deadline_s[Live calls are ended after so many seconds. Absent; the configured limits.drain_s.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    plugin)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'list:Loaded plugins'
                'describe:One plugin, its configuration and the schema of that'
                'check:Try a library against its kinds contract, in a child process'
                'load:Load a library as a new plugin'
                'swap:Exchange a plugins code or configuration under load'
                'fail:Rehearse a failure of a plugin'
                'unload:Offer a plugin no longer'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        list)
            _arguments '*:file:_files' \
                '--kind[Only of this kind.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        describe)
            _arguments '*:file:_files' \
                '--name[The plugin.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        check)
            _arguments '*:file:_files' \
                '--path[The librarys file, absolute.]' \
                '--config[The plugins configuration; checked against its schema.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        load)
            _arguments '*:file:_files' \
                '--path[The librarys file, absolute.]' \
                '--name[What to call it; its own name otherwise.]' \
                '--config[The plugins configuration; checked against its schema.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        swap)
            _arguments '*:file:_files' \
                '--name[The plugin.]' \
                '--path[The new librarys file, absolute. Absent; the same file again.]' \
                '--config[The new configuration. Absent; as it is.]' \
                '--generation[Bring back what this generation was made of.]' \
                '--check[Check the library in a child process first, and leave everything as it is if it fails.]' \
                '--drain_s[After so many seconds streams of the old code are ended; their routes open again. Absent; they may take their time.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        fail)
            _arguments '*:file:_files' \
                '--name[The plugin.]' \
                '--after_frames[So many frames are still delivered.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        unload)
            _arguments '*:file:_files' \
                '--name[The plugin.]' \
                '--drain_s[After so many seconds streams of the old code are ended; their routes open again. Absent; they may take their time.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    route)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'list:Routes, and the plugins they ask'
                'set:Create or replace a route'
                'test:Ask something through a route and see who answers'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        list)
            _arguments '*:file:_files' \
                '--kind[Only of this kind.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        set)
            _arguments '*:file:_files' \
                '--name[What documents call it.]' \
                '--kind[What its plugins provide.]' \
                '--steps[In the order they are tried.]' \
                '--if_revision[Only if the stored one is at this revision; 0; only if there is none.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        test)
            _arguments '*:file:_files' \
                '--name[The route.]' \
                '--input[What is asked; a text, or what the kind takes.]' \
                '--options[What the streams are opened with; sensible ones for the kind otherwise.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    breaker)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'list:Which providers are asked, and which are down'
                'reset:Ask a provider again at once'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        list)
            _arguments '*:file:_files' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        reset)
            _arguments '*:file:_files' \
                '--plugin[The plugin.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    call)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'list:Live calls'
                'get:One call, what was said, and what each answer waited for'
                'place:Place a call'
                'say:Speak a text on a live call'
                'dtmf:Press keys on a live call'
                'transfer:Give a live call to somebody else'
                'hangup:End a live call'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        list)
            _arguments '*:file:_files' \
                '--agent[Only those this agent answers.]' \
                '--limit[At most so many.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        get)
            _arguments '*:file:_files' \
                '--call_id[The calls identifier.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        place)
            _arguments '*:file:_files' \
                '--to[Whom to call, in E.164.]' \
                '--agent[The agent that talks.]' \
                '--caller_id[Our own number that is shown, in E.164.]' \
                '--fields[What the agent is to know of whom it calls; {lead.name} and so on.]' \
                '--rings_s[How long it may ring. Absent; as the telephony plugin is configured.]' \
                '--request_id[Yours, so that asking again after a lost answer places nothing twice. Absent; one is made.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        say)
            _arguments '*:file:_files' \
                '--call_id[The calls identifier.]' \
                '--text[What to say, after what is being said.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        dtmf)
            _arguments '*:file:_files' \
                '--call_id[The calls identifier.]' \
                '--digits[0-9, *, #, A-D; w waits half a second.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        transfer)
            _arguments '*:file:_files' \
                '--call_id[The calls identifier.]' \
                '--to[A number in E.164, or a SIP address.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        hangup)
            _arguments '*:file:_files' \
                '--call_id[The calls identifier.]' \
                '--reason[Goes into the event log.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    agent)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'list:Agent documents in the store'
                'get:One agent and its document'
                'put:Create or replace an agent'
                'delete:Delete an agent'
                'check:Check an agent document without storing it'
                'test:Play scripted conversations with an agent, without a host'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        list)
            _arguments '*:file:_files' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        get)
            _arguments '*:file:_files' \
                '--name[The agent.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        put)
            _arguments '*:file:_files' \
                '--document[The whole document.]' \
                '--if_revision[Only if the stored one is at this revision; 0; only if there is none.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        delete)
            _arguments '*:file:_files' \
                '--name[The agent.]' \
                '--if_revision[Only if the stored one is at this revision; 0; only if there is none.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        check)
            _arguments '*:file:_files' \
                '--document[The whole document.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    campaign)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'put:Create or replace a campaign'
                'check:Check a campaigns document without storing it'
                'list:Campaigns and where they are in their lives'
                'get:One campaign and its document'
                'start:Start a campaign, or let it go on'
                'pause:Call nobody new; calls under way finish'
                'report:What a campaign has come to'
                'explain:Why leads of a campaign wait; by rule'
                'complete:End a campaign, whatever is left of it'
                'delete:Forget a campaign; its leads and attempts stay'
                'simulate:Play a campaigns days in virtual time, without a host'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        put)
            _arguments '*:file:_files' \
                '--document[The whole document.]' \
                '--if_revision[Only if the stored one is at this revision; 0; only if there is none.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        check)
            _arguments '*:file:_files' \
                '--document[The whole document.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        list)
            _arguments '*:file:_files' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        get)
            _arguments '*:file:_files' \
                '--name[The campaign.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        start)
            _arguments '*:file:_files' \
                '--name[The campaign.]' \
                '--at_once[Also where its document has a time that is to come.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        pause)
            _arguments '*:file:_files' \
                '--name[The campaign.]' \
                '--reason[Why, for those who read it later.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        report)
            _arguments '*:file:_files' \
                '--name[The campaign.]' \
                '--day[Only this day, as in 2026-11-23, as the daily job kept it; made now where it did not.]' \
                '--price_per_minute[What the carrier asks for each begun minute.]' \
                '--currency[Of the price.]' \
                '--html[Also as one page with pictures.]' \
                '--csv[Print the rows as CSV, for spreadsheets.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        explain)
            _arguments '*:file:_files' \
                '--name[The campaign.]' \
                '--limit[Leads to look at, of each list.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        complete)
            _arguments '*:file:_files' \
                '--name[The campaign.]' \
                '--reason[Why, for those who read it later.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        delete)
            _arguments '*:file:_files' \
                '--name[The campaign.]' \
                '--if_revision[Only if the stored one is at this revision; 0; only if there is none.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    collection)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'create:Make an empty collection'
                'list:Collections'
                'add:Add documents to a collection'
                'search:Find the passages nearest to a text'
                'delete:Delete a collection, or some of its documents'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        create)
            _arguments '*:file:_files' \
                '--name[The collection.]' \
                '--metric[How near is measured.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        list)
            _arguments '*:file:_files' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        add)
            _arguments '*:file:_files' \
                '--name[The collection.]' \
                '--documents[What to add.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        search)
            _arguments '*:file:_files' \
                '--name[The collection.]' \
                '--text[What is looked for.]' \
                '--limit[At most so many.]' \
                '--filter[Only documents whose metadata has these members with these values.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        delete)
            _arguments '*:file:_files' \
                '--name[The collection.]' \
                '--documents[Only the documents with these ids.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    event)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'append:Add facts that were found elsewhere'
                'list:Read the event log'
                'subscribe:Be told of events, from any position on'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        append)
            _arguments '*:file:_files' \
                '--events[The facts, in order.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        list)
            _arguments '*:file:_files' \
                '--after[Only behind this position.]' \
                '--topics[Only these topics. Absent; all.]' \
                '--call[Only what is about this call (or plugin, agent; the events key).]' \
                '--limit[At most so many.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        subscribe)
            _arguments '*:file:_files' \
                '--topics[Only these topics. Absent; all.]' \
                '--after[Begin behind this position; 0; with the first event ever. Absent; only what is new.]' \
                '--call[Only what is about this call (or plugin, agent; the events key).]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    session)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'list:What is remembered of live calls'
                'get:What is remembered of one live call'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        list)
            _arguments '*:file:_files' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        get)
            _arguments '*:file:_files' \
                '--call_id[The calls identifier.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    delivery)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'list:Events that a consumer has not taken yet'
                'retry:Let parked events be tried again'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        list)
            _arguments '*:file:_files' \
                '--consumer[Only of this consumer.]' \
                '--state[Only in this state.]' \
                '--limit[At most so many.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        retry)
            _arguments '*:file:_files' \
                '--consumer[Whose events.]' \
                '--positions[Only these. Absent; all of the consumers.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    job)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'list:Work off the calls, newest first'
                'get:One job and what came of it'
                'run:Have a job done now, also once more'
                'cancel:End a job that is not over'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        list)
            _arguments '*:file:_files' \
                '--kind[Only of this kind.]' \
                '--state[Only in this state.]' \
                '--subject[Only about this; a call, a lead.]' \
                '--limit[At most so many.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        get)
            _arguments '*:file:_files' \
                '--job_id[The job.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        run)
            _arguments '*:file:_files' \
                '--kind[What is to be done.]' \
                '--subject[What it is about; a call, a lead, the subject of an erasure; nothing for daily.]' \
                '--period[Which one; for daily the day, as in 2026-11-23. Absent; the latest.]' \
                '--wait[Wait until it is over, an hour at most or --timeout, and show how far it is.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        cancel)
            _arguments '*:file:_files' \
                '--job_id[The job.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    privacy)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'erase:Erase what there is of a caller, from every store'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        erase)
            _arguments '*:file:_files' \
                '--subject[The callers number as carriers write it (+4930901820, or a sip; address), or a calls identifier where the number was withheld.]' \
                '--wait[Wait until it is over, an hour at most or --timeout, and show how far it is.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    lead)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'add:Add leads to a list'
                'import:Import leads from a file or from the CRM'
                'list:Leads, by identifier'
                'count:How far the leads of each list have come'
                'get:One lead'
                'update:Change what is known of a lead, or when it is called'
                'explain:Why a lead is called now, or is not, rule by rule'
                'close:Never call a lead again'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        add)
            _arguments '*:file:_files' \
                '--list[The list of leads.]' \
                '--leads[The leads. A number, phone or tel is required; members are called like the columns of a file (docs/CAMPAIGNS.md), and what is not known is a field.]' \
                '--country[Of numbers without a country code, as in DE; absent; such numbers are refused.]' \
                '--update[Leads that are there already take what is said of the person.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        import)
            _arguments '*:file:_files' \
                '--path[The file, CSV or JSON Lines; the host reads it. Absent; the CRM is asked.]' \
                '--list[The list of leads.]' \
                '--source[Where they come from. From the CRM; what is new or has changed since the last time.]' \
                '--country[Of numbers without a country code, as in DE; absent; such numbers are refused.]' \
                '--format[Of the file; absent; its name tells.]' \
                '--encoding[How the file writes its letters.]' \
                '--update[Leads that are there already take what the file says of the person.]' \
                '--route[The route to the CRM; absent; the one called crm.]' \
                '--wait[Wait until it is over, an hour at most or --timeout, and show how far it is.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        list)
            _arguments '*:file:_files' \
                '--list[The list of leads.]' \
                '--state[Only in this state.]' \
                '--disposition[Only those whose last attempt came to this.]' \
                '--number[Only those with this number, in E.164.]' \
                '--external_id[Only what the CRM calls so.]' \
                '--after[Behind this lead; the last one of the page before.]' \
                '--limit[At most so many.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        count)
            _arguments '*:file:_files' \
                '--lists[Only these; absent; all.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        get)
            _arguments '*:file:_files' \
                '--lead_id[The lead.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        update)
            _arguments '*:file:_files' \
                '--lead_id[The lead.]' \
                '--lead[What is new of the person; members as in lead.add. What is not said stays.]' \
                '--country[Of numbers without a country code, as in DE; absent; such numbers are refused.]' \
                '--next_at[Not before then (RFC 3339, UTC).]' \
                '--callback_at[It has asked to be called then (RFC 3339, UTC).]' \
                '--reopen[A closed lead may be called again.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        explain)
            _arguments '*:file:_files' \
                '--lead_id[The lead.]' \
                '--campaign[For this campaign; absent; the one that has the leads list.]' \
                '--at[As if it were then (RFC 3339, UTC); absent; now.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        close)
            _arguments '*:file:_files' \
                '--lead_id[The lead.]' \
                '--reason[Why.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    dnc)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'add:Enter numbers into a do-not-call list'
                'list:The do-not-call lists'
                'remove:Take an entry back'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        add)
            _arguments '*:file:_files' \
                '--patterns[Numbers, or beginnings of numbers in E.164 and *.]' \
                '--campaign[For this campaign only; absent; for all.]' \
                '--reason[Why.]' \
                '--country[Of numbers without a country code, as in DE; absent; such numbers are refused.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        list)
            _arguments '*:file:_files' \
                '--campaign[Only what holds for this campaign; absent; all entries.]' \
                '--after[Behind this pattern; the last one of the page before.]' \
                '--limit[At most so many.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        remove)
            _arguments '*:file:_files' \
                '--pattern[The entry, as it is listed.]' \
                '--campaign[Of this campaign; absent; of all.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    analytics)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'list:Questions that the warehouse answers'
                'query:Ask the warehouse a ready-made question'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        list)
            _arguments '*:file:_files' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        query)
            _arguments '*:file:_files' \
                '--name[The question, as analytics.list names it.]' \
                '--from[From then on; a time, a day, or how long ago (90m, 24h, 7d). Absent; a day before to.]' \
                '--to[Up to then, not included. Absent; now.]' \
                '--limit[At most so many rows; of too many hours the latest.]' \
                '--csv[Print the rows as CSV, for spreadsheets.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    config)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'get:The configuration in force'
                'check:Everything that is wrong with a configuration, and with what it names outside; without a host'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        get)
            _arguments '*:file:_files' \
                '--path[Only this member, as in limits.calls.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    metrics)
        if (( CURRENT == 3 )); then
            local -a verbs=(
                'get:The figures of the process'
            )
            _describe verb verbs
            return
        fi
        case "$words[3]" in
        get)
            _arguments '*:file:_files' \
                '--prefix[Only metrics whose names begin with this.]' \
                '--format[json; in items; prometheus; the page of GET /metrics, in text.]' \
                '--json[Print the result as JSON, for programs.]' \
                '--socket[The hosts control socket; otherwise $PATCHBAY_SOCKET, then the usual places.]' \
                '--timeout[How long to wait for the answer.]' \
                '--help[What the command does.]'
            ;;
        esac
        ;;
    completions) _values shell bash zsh fish ;;
    *) _files ;;
    esac
}
_patchbay "$@"
