/** Whether a listening socket is that of the unit's own kubelet, asked of a program of the host. */

import { HostFileError } from '../node/ports/files.ts';
import type { SocketOwner } from '../node/ports/healthz.ts';
import { HostProgramError, type HostPrograms } from '../node/ports/programs.ts';
import { SystemdError } from '../node/ports/systemd.ts';

const limit = { timeoutMilliseconds: 5_000 };

/**
 * Looks through the open files of every process of the unit. The unit's kubelet may run in a container,
 * outside of the unit's control group: only where a process of this name is in it, the socket must be there,
 * too.
 */
const script = `
group=$(systemctl show --property=ControlGroup "$1") || exit
group=\${group#ControlGroup=}
[ -n "$group" ] || exit
kubelet=
for mount in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
  for process in $(find "$mount$group" -name cgroup.procs -exec cat {} + 2>/dev/null); do
    case $(ls -l "/proc/$process/fd" 2>/dev/null) in
      *"socket:[$2]"*) echo Unit; exit ;;
    esac
    { read -r name <"/proc/$process/comm"; } 2>/dev/null
    [ "$name" = kubelet ] && kubelet=yes
  done
done
[ -z "$kubelet" ] || echo Other
`;

/** Asks with one program of the host for each call. */
export function socketOwnerOver(programs: HostPrograms): SocketOwner {
  return async (unit, socket) => {
    try {
      const { stdout } = await programs.run(['sh', '-c', script, 'sh', unit, socket], limit);
      const answer = stdout.trim();
      return answer === 'Unit' || answer === 'Other' ? answer : 'Unknown';
    } catch (error) {
      if (error instanceof HostProgramError || error instanceof SystemdError || error instanceof HostFileError) return 'Unknown';
      throw error;
    }
  };
}
