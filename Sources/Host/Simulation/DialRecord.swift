/// One call that was placed, as the simulation notes it for whoever judges it.
struct DialRecord {
    var lead: Int32
    /// Digits.
    var number: UInt64
    /// Unix milliseconds.
    var at: Int64
    /// 0: it is under way.
    var over: Int64 = 0
    var answered: Int64 = 0
    /// As the catalogue numbers it.
    var disposition: UInt8 = 0
    /// The attempt before this one at the same lead; -1: none.
    var beforeOfLead: Int32
    var beforeOfNumber: Int32
    /// The lead had agreed on a time, and this was it: Unix milliseconds, or 0.
    var callback: Int64
}
