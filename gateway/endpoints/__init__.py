"""Plain HTTP: transcription, speech, chat, models and voices in the words of OpenAI's API.

An endpoint is a request in and an answer out, whole or piece by piece. The work is done by the same
workers as a conversation's, as an errand of its own.
"""
