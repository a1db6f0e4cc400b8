/**
 * The layout of the state directory, /var/lib/kubelet-config:
 *
 *   staging/          a transaction that is being written; nothing on the host has been touched for it yet
 *   armed/            an open transaction: record.json, pre/PATH (the files from before), files/PATH (the
 *                     desired files), undo.sh and its manifest
 *   undoing/          the same, while the script undoes it
 *   committed/000042/ one directory for each committed transaction; the highest is the last known good
 *   undone/           the last transaction that was undone
 *   verdict.json      why the agent had it undone; absent if the script ran without the agent
 *   originals/SHA256  the files that were on the host before kubelet-config
 *   proved.json       the invocation of the unit that is known to have started with a revision's files
 *   doubted.json      the invocation that may have started with files that another program had changed
 *   pin.json          the revision that a person went back to (`kubelet-config rollback`)
 *   asked.json        what a person asks of the next pass (`kubelet-config rollback`, `kubelet-config retry`)
 *   taken.json        the same while a pass carries it out
 *   memory.json       the memory of the machine as expressions were told last
 *   retry             empty; a retry that an earlier build asked for
 *   report.json       what the agent, or the last command, said last (`kubelet-config status`)
 *   verify/           the unit as preflight shows it to systemd-analyze
 *
 * One rename of the directory decides: from `staging` to `armed` begins the transaction; from `armed` to
 * `committed/N` (by the agent) or to `undoing` (by the script) ends it.
 */

export const stateDirectory = '/var/lib/kubelet-config';
export const armed = `${stateDirectory}/armed`;
export const staging = `${stateDirectory}/staging`;
export const undoing = `${stateDirectory}/undoing`;
export const undone = `${stateDirectory}/undone`;
export const verdictFile = `${stateDirectory}/verdict.json`;
export const committedRoot = `${stateDirectory}/committed`;

/**
 * The path of something in a committed transaction's directory.
 *
 * @param inside `/record.json`, `/files/etc/…`, or ''
 */
export function committedPath(sequence: number, inside: string): string {
  return `${committedRoot}/${String(sequence).padStart(6, '0')}${inside}`;
}
