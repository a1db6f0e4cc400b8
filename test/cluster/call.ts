/** One HTTP request to an API server. */

import { Agent, request } from 'node:https';

export interface Server {
  readonly url: string;
  readonly token: string;
  /** In PEM. */
  readonly ca: string;
}

export interface Response {
  readonly status: number;
  /** Parsed if the server sent JSON, otherwise text. */
  readonly body: unknown;
}

const agent = new Agent({ keepAlive: true });

/** @throws Error when there is no answer, for example because no server listens */
export function call({ url, token, ca }: Server, method: string, path: string, body?: unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    };
    const sent = request(`${url}${path}`, { method, headers, ca, agent, timeout: 30_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        text += piece;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        const isJson = answer.headers['content-type']?.startsWith('application/json') === true;
        resolve({ status: answer.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
      });
    });
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path} in 30 s`)));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
