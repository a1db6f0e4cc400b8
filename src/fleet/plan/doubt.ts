/** Approvals that were sent and may or may not have been stored. Pure. */

import type { NodeKubelet } from '../../api/types.ts';
import type { Member } from '../member.ts';
import { idOf } from './asking.ts';

/** By uid of a NodeKubelet: the version on which the last approval was based. */
export type Sent = ReadonlyMap<string, { readonly resourceVersion: string | undefined }>;

/** Whether an approval was sent on this very version, so that it may be stored after it. */
export function isUnsettled(nodeKubelet: NodeKubelet, sent: Sent): boolean {
  const attempt = sent.get(idOf(nodeKubelet));
  return attempt !== undefined && attempt.resourceVersion === nodeKubelet.metadata.resourceVersion;
}

/** What is still in doubt: a later version carries the approval, or has kept it from being stored. */
export function stillUnsettled(members: readonly Member[], sent: Sent): Sent {
  if (sent.size === 0) return sent;
  const still = new Map<string, { readonly resourceVersion: string | undefined }>();
  for (const { nodeKubelet } of members) {
    const attempt = nodeKubelet && sent.get(idOf(nodeKubelet));
    if (attempt && isUnsettled(nodeKubelet, sent)) still.set(idOf(nodeKubelet), attempt);
  }
  return still;
}
