"""Made-up mail of made-up senders, told in the words of Amazon SES, and a little of every other source.

    senders      who sends what, when, from where          recipients   who gets it, at which mailbox provider
    incident     the days on which one thing goes wrong    messages     one message: its `mail` object and its events
    delivery     what became of it on its way              engagement   who opened, clicked, unsubscribed
    others       received mail, text messages, Pinpoint, account events: a little of each
    stream       hour by hour, in order of arrival         output       into a file, or into a landing zone

Every hour of sending draws from a random stream of its own, so that hours can be simulated by any number of processes
and the same seed always gives the same bytes.
"""
