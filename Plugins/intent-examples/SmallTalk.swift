/// What people also say on the telephone, and what is hardly ever one of an agent's labels.
enum SmallTalk {
    static let sentences = [
        "my neighbour has a new dog", "it is raining a lot today", "did you watch the football last night",
        "I was born in the north", "wait a moment someone is at the door", "sorry I was talking to my wife",
        "can you hear me now", "the line is very bad", "what is the capital of France", "sing me a song",
        "how old are you", "are you a robot", "I like chocolate ice cream", "the children are at school",
        "turn the radio down please", "what do you think about politics", "hold on I am driving",
        "who won the election", "tell me a joke", "one two three four five", "I had eggs for breakfast",
        "my grandmother makes the best soup", "how tall is the tallest mountain", "let me find my glasses",
        "the television is too loud", "so I said to him never again", "that was last summer in Spain",
        "do you believe in ghosts", "my computer is making strange noises", "I read it in the newspaper",
        "could you recommend a good film", "the stock market went down again", "he plays the guitar in a band",
        "what rhymes with orange", "my flight was delayed for hours",
    ]
}
