import Core
import JSONKit

extension CampaignReport {
    public var tables: [ReportTable] {
        [funnel, dispositions, hours, mix, days, costs, movement, callbackTable, obstacles].filter { !$0.rows.isEmpty }
    }

    private func count(_ number: Int) -> JSON { .int(Int64(number)) }

    private var funnel: ReportTable {
        ReportTable(
            "funnel",
            "How far leads came",
            columns: ["step", "leads", "share"],
            measure: "leads",
            picture: .funnel,
            rows: figures.funnel(of: leads.all).map { step in
                [.string(step.step), count(step.leads), Self.share(step.leads, of: leads.all)]
            }
        )
    }

    /// Dispositions, the most frequent first.
    private var ordered: [(key: String, value: CampaignFigures.Count)] {
        figures.dispositions.sorted { ($1.value.attempts, $0.key) < ($0.value.attempts, $1.key) }
    }

    private var dispositions: ReportTable {
        ReportTable(
            "dispositions",
            "What attempts came to",
            columns: ["disposition", "attempts", "share", "talk_minutes"],
            measure: "attempts",
            picture: .bars,
            rows: ordered.map { name, each in
                [
                    .string(name), count(each.attempts), Self.share(each.attempts, of: figures.all.attempts),
                    .double((each.talked / 6).rounded() / 10),
                ]
            }
        )
    }

    /// Hours between the first and the last one in which somebody was called.
    private var span: ClosedRange<Int>? {
        let busy = figures.hours.indices.filter { figures.hours[$0].attempts > 0 }
        guard let first = busy.first, let last = busy.last else { return nil }
        return first...last
    }

    private var hours: ReportTable {
        ReportTable(
            "hours",
            "Answers by the hour, where the lead lives",
            columns: ["hour", "attempts", "answered", "people", "share"],
            measure: "share",
            picture: .columns,
            rows: (span.map(Array.init) ?? []).map { hour in
                let each = figures.hours[hour]
                return [
                    .string(CallingWindow.text(60 * hour)), count(each.attempts), count(each.answered),
                    count(each.humans), Self.share(each.answered, of: each.attempts),
                ]
            }
        )
    }

    private var mix: ReportTable {
        let names = ordered.map(\.key)
        return ReportTable(
            "hours_by_disposition",
            "Attempts by the hour and what they came to",
            columns: ["hour"] + names,
            measure: "",
            picture: .stack,
            rows: (span.map(Array.init) ?? []).map { hour in
                [.string(CallingWindow.text(60 * hour))] + names.map { count(figures.mix[hour][$0] ?? 0) }
            }
        )
    }

    private var days: ReportTable {
        ReportTable(
            "days",
            "Day by day",
            columns: ["day", "attempts", "answered", "people", "successes"],
            measure: "attempts",
            picture: .columns,
            rows: figures.days.sorted { $0.key < $1.key }.map { day, each in
                [.string(day), count(each.attempts), count(each.answered), count(each.humans), count(each.successes)]
            }
        )
    }

    private var costs: ReportTable {
        let cost = price.cost(minutes: figures.minutes)
        func each(_ number: Int) -> JSON {
            number == 0 ? .null : .double((cost / Double(number) * 10_000).rounded() / 10_000)
        }
        return ReportTable(
            "cost",
            "What the carrier asks for, in \(price.currency)",
            columns: ["item", "value"],
            rows: [
                ["minutes charged", count(figures.minutes)], ["a minute", .double(price.perMinute)],
                ["all", .double(cost)], ["a person reached", each(figures.all.humans)],
                ["a success", each(figures.all.successes)],
            ]
        )
    }

    private var movement: ReportTable {
        var rows: [[JSON]] = [
            ["scores that rose", count(scores.up)], ["scores that fell", count(scores.down)],
            ["scores that stayed", count(scores.same)], ["points a lead", .double(scores.mean)],
        ]
        rows += scores.stages.sorted { $0.key < $1.key }.map { [.string("leads that are \($0.key)"), count($0.value)] }
        let isKnown = scores != ScoreMovement()
        return ReportTable("scores", "Scores of leads", columns: ["item", "value"], rows: isKnown ? rows : [])
    }

    private var callbackTable: ReportTable {
        let isKnown = callbacks != CallbackFigures()
        return ReportTable(
            "callbacks",
            "Calls that leads have asked for",
            columns: ["item", "value"],
            rows: isKnown
                ? [
                    ["asked for", count(callbacks.asked)], ["made", count(callbacks.made)],
                    ["to come", count(callbacks.waiting)], ["late", count(callbacks.late)],
                ] : []
        )
    }

    private var obstacles: ReportTable {
        ReportTable(
            "held_back",
            "Rules that hold leads back now (\(heldBack.looked) looked at, \(heldBack.free) free)",
            columns: ["rule", "leads", "share", "until"],
            measure: "leads",
            picture: .bars,
            rows: heldBack.rules.sorted { ($1.value.leads, $0.key) < ($0.value.leads, $1.key) }.map { rule, entry in
                [
                    .string(rule), count(entry.leads), Self.share(entry.leads, of: heldBack.looked),
                    entry.until.map { .string($0.description) } ?? .null,
                ]
            }
        )
    }
}
