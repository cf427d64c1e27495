"""Starts a service process: settings, telemetry, engine, worker, signals."""
