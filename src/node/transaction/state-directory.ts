/**
 * What a node remembers on its disk, under /var/lib/kubelet-config:
 *
 *   staging/          a transaction being written down; nothing on the host has been touched for it
 *   armed/            an open transaction: record.json, pre/PATH (what was there), files/PATH (what is to be there), undo.sh and its manifest
 *   undoing/          the same, while the script takes it back
 *   committed/000042/ one directory per committed transaction, once `armed`; the highest is the last known good
 *   undone/           the last transaction that was taken back
 *   verdict.json      why the agent had it taken back; none where the agent was gone
 *   originals/SHA256  what stood on the host before us
 *   proved.json       which run of the unit began with which revision
 *   doubted.json      which run may have begun with what somebody else had made of it
 *
 * One rename of the directory decides: `staging` to `armed` begins, `armed` to `committed/N` (the agent) or to `undoing` (the script) ends.
 */

export const stateDirectory = '/var/lib/kubelet-config';
export const armed = `${stateDirectory}/armed`;
export const staging = `${stateDirectory}/staging`;
export const undoing = `${stateDirectory}/undoing`;
export const undone = `${stateDirectory}/undone`;
export const verdictFile = `${stateDirectory}/verdict.json`;
export const committedRoot = `${stateDirectory}/committed`;

/** Of a committed transaction, or of a file in it. @param inside `/record.json`, `/files/etc/…` */
export function committedPath(sequence: number, inside: string): string {
  return `${committedRoot}/${String(sequence).padStart(6, '0')}${inside}`;
}
