"""The `voicechat` command and client library: talks to a gateway as anybody would."""
