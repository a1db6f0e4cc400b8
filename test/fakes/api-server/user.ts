/** Who asks: bearer tokens, and the server's answer to "who am I". */

import { unauthorized } from './status.ts';

export interface User {
  readonly username: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** @throws StatusError 401 for a token that nobody has, and for none */
export function userOf(tokens: ReadonlyMap<string, User>, authorization: string | undefined): User {
  const user = tokens.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
  if (!user) throw unauthorized();
  return user;
}

export function selfSubjectReview({ username, groups = [], extra }: User, creationTimestamp: string): object {
  const userInfo = {
    username,
    uid: username,
    groups: [...new Set([...groups, 'system:authenticated'])],
    ...(extra && { extra }),
  };
  return {
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp },
    status: { userInfo },
  };
}
