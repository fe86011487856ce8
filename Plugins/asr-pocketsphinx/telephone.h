/* What is said on every telephone: courtesy, numbers, days and times. Our own wording. */
#ifndef TELEPHONE_H
#define TELEPHONE_H

static const char *const telephone_phrases[] = {
    "yes", "yes please", "yes that is right", "yes that's correct", "no", "no thank you", "no that's wrong", "okay", "sure",
    "hello", "good morning", "good afternoon", "thank you", "thank you very much", "thanks for your help", "goodbye", "bye",
    "that is all", "that's all thank you", "nothing else", "one moment please", "wait a moment", "sorry", "excuse me",
    "could you repeat that", "can you say that again", "i did not understand", "i don't know", "speak to a person",
    "i want to speak to someone", "can i talk to a human", "please call me back", "i have a question", "can you help me",
    "i would like to", "i'd like to", "i want to", "i need to", "i am calling about", "my name is", "my number is",
    "how much does it cost", "how much is it", "how long does it take", "what time", "when is it", "where is it",
    "what is the", "is there a", "do you have a", "can i have the", "zero", "oh", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "one hundred", "one thousand",
    "one two three four five six seven eight nine zero", "five five five", "double two", "first", "second", "third", "fourth",
    "the fifth of", "the tenth of", "on the twentieth of", "on monday", "on tuesday", "on wednesday", "on thursday", "on friday",
    "on saturday", "on sunday", "next monday", "next week", "this week", "today", "tomorrow", "tomorrow morning",
    "tomorrow afternoon", "the day after tomorrow", "in the morning", "in the afternoon", "in the evening",
    "at nine in the morning", "at ten o'clock", "at three in the afternoon", "half past eight", "quarter past two",
    "a quarter to four", "at noon", "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
};

#endif
