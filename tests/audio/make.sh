#!/bin/sh
# Makes the sound files of the tests again: mono, 16 kHz, 16 bit unless README.md says otherwise.
# Needs Debian's flite and sox.
set -eu
cd "$(dirname "$0")"

say() { # voice, file, text
    flite -voice "$1" -t "$3" -o "$2"
}

say slt capital-of-france.wav "What is the capital of France?"
say kal16 kitchen-lights.wav "Please turn on the kitchen lights."
say slt moon-distance.wav "Can you tell me how far away the moon is from the earth?"
say slt yes.wav "Yes."

# Sentences with pauses of 0.6 s between them, longer than an engine takes in one call.
parts=$(mktemp -d)
trap 'rm -r "$parts"' EXIT
number=0
while read -r sentence; do
    number=$((number + 1))
    say slt "$parts/$number.wav" "$sentence"
    sox -R "$parts/$number.wav" "$parts/$(printf %02d $number)-padded.wav" pad 0 0.6
done <<STORY
The old house stood at the end of a long road.
Nobody had lived there for many years.
One morning a young woman opened the door.
She found a letter on the kitchen table.
It was written by her grandfather.
He asked her to plant a tree in the garden.
She smiled and went to find a spade.
STORY
sox -R "$parts"/*-padded.wav -e ima-adpcm long-story.wav

sox -R -n -r 16000 -b 16 -c 1 -D silence.wav trim 0 2
sox -R -n -r 16000 -b 16 -c 1 noise.wav synth 2 pinknoise vol 0.3
