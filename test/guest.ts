/**
 * A throwaway machine with a real systemd for the host tier's tests: `hack/guest` as a function, tied to the
 * life of the test run.
 */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../hack/guest', import.meta.url));

export interface GuestOptions {
  /** Paths of this machine to show in the guest, writable: `/host` or `/host:/guest`. */
  readonly bind?: readonly string[];
  /**
   * Share this machine's network, as an agent with hostNetwork does. Without it the guest has a loopback
   * interface of its own and nothing else.
   */
  readonly hostNetwork?: boolean;
  /** A bridge of this network, which the guest's only interface, `host0`, is a port of. It has no address. */
  readonly bridge?: string;
  /** Allow what a container runtime needs: keyrings, and rules on devices. */
  readonly containers?: boolean;
  /**
   * A directory of this machine in which the guest's `/disk` is made, and removed with it. Everything else of
   * a guest is in memory.
   */
  readonly disk?: string;
  /** The root of another system to boot, in place of this machine's. */
  readonly tree?: string;
}

interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Guest {
  readonly name: string;
  /** Of the guest's PID 1, as this machine counts. */
  readonly pid: number;
  /** `/proc/PID/root`: the guest's files, as an agent in a container reaches its host's. */
  readonly root: string;
  /** The guest's D-Bus socket, to be reached from here. */
  readonly busSocket: string;
  /** Never rejects for an exit status; a command that a signal ended has 128 + its number, as in a shell. */
  run(command: readonly string[]): Promise<CommandResult>;
  /** As after a power cut: nothing is stopped first. From then on it has another PID and root. */
  reboot(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Boots a guest (under a second) and resolves when its systemd and D-Bus answer. Call `stop` in `afterAll`.
 * If this process ends first, also by `kill -9`, `hack/guest` removes the machine.
 * @throws Error that says what is missing: root, systemd-nspawn, a kernel feature. The host tier fails
 * without them; it never skips.
 */
export async function startGuest(options: GuestOptions = {}): Promise<Guest> {
  const name = `test-${randomBytes(4).toString('hex')}`;
  const bind = (options.bind ?? []).flatMap((path) => ['--bind', path]);
  const allowed = options.hostNetwork === true ? ['--host-network'] : [];
  if (options.bridge !== undefined) allowed.push('--bridge', options.bridge);
  if (options.containers === true) allowed.push('--containers');
  const disk = options.disk === undefined ? [] : ['--disk', options.disk];
  const tree = options.tree === undefined ? [] : ['--tree', options.tree];
  const words = ['start', name, '--foreground', ...bind, ...allowed, ...disk, ...tree];
  const starter = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(starter, 'close');
  // Its starter may be gone before the end of input is written.
  starter.stdin.on('error', () => undefined);

  let complaint = '';
  starter.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const firstLine = once(createInterface({ input: starter.stdout }), 'line') as Promise<[string]>;
  const line = await Promise.race([firstLine, ended.then(() => undefined)]);
  if (line === undefined)
    throw new Error(`no throwaway machine for the host tier: ${complaint.trim() || 'hack/guest said nothing'}`);

  let pid = Number(line[0]);
  const root = () => `/proc/${pid}/root`;
  return {
    name,
    get pid() {
      return pid;
    },
    get root() {
      return root();
    },
    get busSocket() {
      return `${root()}/run/dbus/system_bus_socket`;
    },
    run: (command) => execute(['run', name, '--', ...command]),
    async reboot() {
      const { exitCode, stdout, stderr } = await execute(['reboot', name]);
      if (exitCode !== 0) throw new Error(stderr);
      pid = Number(stdout);
    },
    async stop() {
      starter.stdin.end();
      await ended;
    },
  };
}

function execute(words: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') {
        reject(new Error(`could not do: hack/guest ${words.join(' ')}`, { cause: error }));
      } else {
        resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      }
    });
  });
}
