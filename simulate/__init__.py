"""Made-up mail of made-up senders, in the words of Amazon SES, and a little of every other source.

    senders      who sends what, when, from where          recipients   who gets it, at which mailbox provider
    incident     the days on which one thing goes wrong    messages     one message: its `mail` object and its events
    delivery     what became of it on its way              engagement   who opened, clicked, unsubscribed
    others       how much there is beside sent mail; received mail, account events
    pinpoint     its mail, campaigns, journeys, apps       texts        text, media, voice and RCS messages
    stream       hour by hour, in order of arrival         output       into a file, or into a landing zone
    wrappings    what transports put around an event

Every hour of sending draws from a random stream of its own, so that hours can be simulated by any number of processes
and the same seed always gives the same bytes.
"""
