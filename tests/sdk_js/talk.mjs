// @ts-check
// A session of OpenAI's own JavaScript library with the gateway at the URL that is given, then a
// configuration, and tools that the session has: an object of what each one puts out.
//
// Commands come in as lines of JSON, `{"do": …}`: `message` (`text`), `audio` (`audio`: base64 of
// PCM16), `mute`, `interrupt`, `history` (`history`: the items to keep), `event` (`event`: sent as
// it is), `close`. What the library tells goes out as lines of JSON, `{"told": …}`.

import { createInterface } from 'node:readline';
import { RealtimeAgent, RealtimeSession, tool } from '@openai/agents/realtime';

const [url, config, outputs] = process.argv.slice(2);

/** @param {[string, string]} entry */
const toolOf = ([name, output]) =>
  tool({
    name,
    description: `Puts out ${output}.`,
    parameters: { type: 'object', properties: {}, required: [], additionalProperties: true },
    strict: false,
    execute: async (input) => {
      tell('called', { name, input });
      return output;
    },
  });

const session = new RealtimeSession(
  new RealtimeAgent({
    name: 'Assistant',
    instructions: 'Be brief.',
    tools: Object.entries(JSON.parse(outputs)).map(toolOf),
  }),
  { transport: 'websocket', model: 'voicechat', config: JSON.parse(config) },
);

/** @param {string} told @param {object} fields */
const tell = (told, fields = {}) =>
  process.stdout.write(`${JSON.stringify({ told, ...fields })}\n`);

session.on('history_updated', (history) => tell('history', { history }));
session.on('audio', ({ data, responseId }) => tell('audio', { bytes: data.byteLength, responseId }));
session.on('mcp_tool_call_completed', (_context, _agent, { name, output }) =>
  tell('mcp', { name, output }),
);
session.on('audio_interrupted', () => tell('interrupted'));
session.on('agent_end', (_context, _agent, text) => tell('answered', { text }));
session.on('error', ({ error }) => tell('error', { error: error?.message ?? error }));
session.on('transport_event', (event) => {
  tell('event', { type: event.type });
  // The library passes an event that its schemas refuse on as one that it does not know.
  const refused = () => tell('refused', { type: event.type });
  const timer = setTimeout(refused);
  session.transport.once(event.type, () => clearTimeout(timer));
});

/** @type {Record<string, (command: any) => void>} */
const commands = {
  message: ({ text }) => session.sendMessage(text),
  audio: ({ audio }) => session.sendAudio(Uint8Array.from(Buffer.from(audio, 'base64')).buffer),
  interrupt: () => session.interrupt(),
  history: ({ history }) => session.updateHistory(history),
  event: ({ event }) => session.transport.sendEvent(event),
  close: () => session.close(),
};

await session.connect({ url, apiKey: 'any' });
tell('connected');
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  commands[command.do](command);
}
