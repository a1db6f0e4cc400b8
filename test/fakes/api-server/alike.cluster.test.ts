/** The double against what it stands for: a long conversation with both, word for word as far as a program can notice. */

import { Agent, request } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { describeCluster } from '../../cluster/tier.ts';
import { type Asking, startAsking } from './asking.ts';
import { conversation, type Line } from './conversation.ts';
import { isMap, type JsonMap } from './object.ts';
import { thingCrd } from './thing.ts';

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: unknown;
}

type Ask = (line: Line) => Promise<Answer>;

describeCluster('the double of the API server', () => {
  let plane: ControlPlane;
  let asking: Asking;
  beforeAll(async () => {
    plane = await startControlPlane();
    await succeed(plane, ['apply', '-f', '-'], JSON.stringify(thingCrd));
    await succeed(plane, ['wait', '--for=condition=Established', 'crd/things.probe.dev', '--timeout=60s']);
    await succeed(plane, ['get', 'things']);
    asking = await startAsking({ crds: [thingCrd] });
  });
  afterAll(async () => {
    await asking?.server.stop();
    await plane?.stop();
  });

  test('answers as a real one does', async () => {
    const real = memorizing(askReal(plane));
    const double = memorizing(askDouble(asking));
    for (const [index, line] of conversation.entries()) {
      const said = `${index}: ${line.method} ${line.path} ${line.body ?? ''}`;
      expect.soft({ said, ...(await double(line)) }).toEqual({ said, ...(await real(line)) });
    }
  });
});

async function succeed(plane: ControlPlane, args: readonly string[], input?: string): Promise<void> {
  const { exitCode, stderr } = await plane.kubectl(args, input);
  if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')} exited ${exitCode}: ${stderr}`);
}

function askDouble(asking: Asking): Ask {
  return async ({ method, path, body, contentType }) => {
    const { status, headers, body: answer } = await asking.ask(method, path, body, contentType);
    return { status, retryAfter: headers.get('retry-after') ?? undefined, body: answer };
  };
}

function askReal({ url, token, ca }: ControlPlane): Ask {
  const agent = new Agent({ keepAlive: true });
  return ({ method, path, body, contentType }) =>
    new Promise((resolve, reject) => {
      // Of a DELETE Node.js says no length by itself, and the server would take the body for the next request.
      const content = body === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) };
      const headers = { authorization: `Bearer ${token}`, 'user-agent': 'asking/1.0', ...content };
      const sent = request(`${url}${path}`, { method, headers, ca, agent }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (piece: string) => {
          text += piece;
        });
        answer.on('end', () => {
          const isJson = answer.headers['content-type'] === 'application/json';
          const { statusCode: status = 0, headers: answered } = answer;
          resolve({ status, retryAfter: answered['retry-after'], body: isJson ? JSON.parse(text) : text });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
}

/** Answers without what differs between any two servers; instead, whether the object's version moved. */
function memorizing(ask: Ask): Ask {
  let last: JsonMap = {};
  return async (line) => {
    const filled = (text: string) =>
      text.replaceAll('$VERSION', String(last['resourceVersion'])).replaceAll('$UID', String(last['uid']));
    const { body: given } = line;
    const { body, ...answer } = await ask({ ...line, path: filled(line.path), body: given && filled(given) });
    const metadata = isMap(body) && isMap(body['metadata']) ? body['metadata'] : {};
    const isSame = metadata['uid'] !== undefined && metadata['uid'] === last['uid'];
    const moved = isSame ? metadata['resourceVersion'] !== last['resourceVersion'] : undefined;
    if (metadata['uid'] !== undefined) last = metadata;
    return { ...answer, moved, body: comparable(body) };
  };
}

const changing = ['resourceVersion', 'uid', 'creationTimestamp', 'deletionTimestamp', 'time', 'continue', 'message'];

function comparable(value: unknown, key = ''): unknown {
  if (key === 'username' || key === 'groups') return 'whoever';
  if (Array.isArray(value) && key === 'causes') return causesOf(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item));
    // Their order hangs on whether a second went by between two requests.
    return key === 'managedFields' ? items.map((item) => JSON.stringify(item)).sort() : items;
  }
  if (!isMap(value)) return value;
  // Go writes some times that are not set as null, and a list without a next page as one with an empty token.
  const kept = Object.entries(value)
    .filter(([, inner]) => inner !== null && inner !== '')
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(kept.map(([name, inner]) => [name, changing.includes(name) ? 'something' : comparable(inner, name)]));
}

/** The server's order is that of a Go map, and it says some things twice. */
function causesOf(causes: readonly unknown[]): readonly string[] {
  const texts = (causes as readonly JsonMap[]).map(({ reason, field }) => `${String(field)} ${String(reason)}`);
  return [...new Set(texts)].sort();
}
