"""Turn models by name, each imported only when chosen."""

TURN_MODELS = {
    "smart_turn": "gateway.turn_models.smart_turn:SmartTurn",
}
