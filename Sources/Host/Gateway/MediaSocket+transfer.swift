import Calls

extension MediaSocket {
    /// Gives the call away: once this socket is closed the carrier asks what follows, and is told the number.
    func transfer(to number: String, _ done: @escaping (String?) -> Void) {
        guard TransferTarget.isValid(number) else {
            return done("a call can be given to +49301234567 or sip:name@host, not to \(number)")
        }
        guard let details = announced, !details.carrierCallID.isEmpty else {
            return done("the carrier cannot transfer")
        }
        let callerID = TransferTarget.isNumber(details.from) ? details.from : details.to
        transfers.put(
            Transfers.Transfer(call: details.id, to: number, callerID: callerID),
            for: details.carrierCallID
        )
        done(nil)
    }
}
