extension Disposition {
    /// The flags that it has, by the names that events and reports use.
    public var flags: [String] {
        [
            ("human_answered", isHumanAnswered), ("sale", isSale), ("do_not_call", isDoNotCall),
            ("customer_contact", isCustomerContact), ("not_interested", isNotInterested),
            ("unworkable", isUnworkable), ("callback", isCallback), ("completed", isCompleted), ("machine", isMachine),
        ].filter(\.1).map(\.0)
    }
}
