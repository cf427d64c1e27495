"""Programs that show how to add something to a voicechat."""
