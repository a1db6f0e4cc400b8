/**
 * One row for each option of `rkt run` 1.30 (rkt/rkt.go, rkt/run.go, rkt/cli_apps.go, rkt/stage1hash.go;
 * `since` from the release tags).
 */

/** How values.ts checks the value. */
type ValueGrammar =
  | 'any'
  | 'boolean'
  | 'rootfsBoolean'
  | 'directory'
  | 'insecureOptions'
  | 'volume'
  | 'mount'
  | 'port'
  | 'networks'
  | 'setEnv'
  | 'pair'
  | 'memory'
  | 'cpu'
  | 'cpuShares'
  | 'oomScore'
  | 'groupIds'
  | 'duration';

export interface OptionRow {
  readonly name: string;
  /**
   * `image`: it must follow an image and is for that one. `either`: it is for the image before it, or for
   * all.
   */
  readonly scope: 'global' | 'pod' | 'image' | 'either';
  readonly grammar: ValueGrammar;
  /** The value of `--name` without one; the next word is then never its value (pflag's NoOptDefVal). */
  readonly bare?: string;
  /** `once`: rkt refuses a second one. `last`: rkt silently uses the last one. */
  readonly repeat: 'all' | 'last' | 'once';
  readonly since: string;
  readonly fly: 'honoured' | 'ignored' | 'refused';
  readonly replacedBy?: string;
}

type Rest = Partial<Omit<OptionRow, 'name' | 'scope'>>;

function row(scope: OptionRow['scope'], name: string, since: string, rest: Rest = {}): OptionRow {
  return { name, scope, since, grammar: 'any', repeat: 'last', fly: 'honoured', ...rest };
}

function flag(scope: OptionRow['scope'], name: string, since: string, rest: Rest = {}): OptionRow {
  return row(scope, name, since, { grammar: 'boolean', bare: 'true', ...rest });
}

export const GLOBAL_OPTIONS: readonly OptionRow[] = [
  row('global', 'insecure-options', '0.12.0', { grammar: 'insecureOptions' }),
  flag('global', 'trust-keys-from-https', '0.8.0'),
  flag('global', 'debug', '0.1.0'),
  row('global', 'dir', '0.1.0', { grammar: 'directory' }),
  row('global', 'system-config', '0.6.1', { grammar: 'directory' }),
  row('global', 'local-config', '0.6.1', { grammar: 'directory' }),
  row('global', 'user-config', '0.16.0', { grammar: 'directory' }),
  row('global', 'cpuprofile', '1.11.0'),
  row('global', 'memprofile', '1.11.0'),
];

/** The command line library adds it to every command. */
export const HELP: OptionRow = flag('global', 'help', '0.1.0');

export const RUN_OPTIONS: readonly OptionRow[] = [
  ...GLOBAL_OPTIONS,
  HELP,
  row('pod', 'volume', '0.2.0', { grammar: 'volume', repeat: 'all' }),
  row('either', 'mount', '0.10.0', { grammar: 'mount', repeat: 'all' }),
  row('pod', 'stage1-from-dir', '1.0.0', { repeat: 'once' }),
  row('pod', 'stage1-path', '1.0.0', { repeat: 'once' }),
  row('pod', 'stage1-url', '1.0.0', { repeat: 'once' }),
  row('pod', 'stage1-name', '1.0.0', { repeat: 'once' }),
  row('pod', 'stage1-hash', '1.0.0', { repeat: 'once' }),
  row('pod', 'net', '0.9.0', { grammar: 'networks', bare: 'default', repeat: 'all', fly: 'ignored' }),
  row('pod', 'port', '0.5.4', { grammar: 'port', repeat: 'all', fly: 'ignored' }),
  row('pod', 'dns', '1.0.0', { repeat: 'all' }),
  row('pod', 'dns-search', '1.0.0', { repeat: 'all' }),
  row('pod', 'dns-opt', '1.0.0', { repeat: 'all' }),
  row('pod', 'dns-domain', '1.15.0'),
  row('pod', 'hosts-entry', '1.15.0', { repeat: 'all' }),
  row('pod', 'set-env', '0.4.0', { grammar: 'setEnv', repeat: 'all' }),
  row('pod', 'set-env-file', '1.9.0', { repeat: 'all' }),
  flag('pod', 'inherit-env', '0.4.0'),
  flag('pod', 'no-overlay', '0.5.2'),
  flag('pod', 'private-users', '0.8.0', { fly: 'refused' }),
  flag('pod', 'interactive', '0.4.2', { fly: 'ignored' }),
  flag('pod', 'mds-register', '0.7.0', { fly: 'ignored' }),
  flag('pod', 'store-only', '0.9.0', { replacedBy: '--pull-policy=never' }),
  flag('pod', 'no-store', '0.9.0', { replacedBy: '--pull-policy=update' }),
  row('pod', 'pull-policy', '1.24.0'),
  row('pod', 'pod-manifest', '0.6.1'),
  row('pod', 'uuid-file-save', '0.8.0'),
  row('pod', 'hostname', '1.2.0', { fly: 'ignored' }),
  row('pod', 'ipc', '1.29.0', { fly: 'ignored' }),
  row('image', 'exec', '0.8.0', { repeat: 'once' }),
  row('image', 'signature', '0.5.4', { repeat: 'once' }),
  row('image', 'name', '1.19.0'),
  row('image', 'user', '1.4.0'),
  row('image', 'group', '1.4.0'),
  row('image', 'supplementary-gids', '1.19.0', { grammar: 'groupIds', repeat: 'all' }),
  row('image', 'working-dir', '1.19.0'),
  row('image', 'readonly-rootfs', '1.19.0', { grammar: 'rootfsBoolean', fly: 'ignored' }),
  row('image', 'environment', '1.19.0', { grammar: 'pair', repeat: 'all' }),
  row('image', 'annotation', '1.29.0', { grammar: 'pair', repeat: 'all' }),
  row('image', 'user-annotation', '1.19.0', { grammar: 'pair', repeat: 'all' }),
  row('image', 'user-label', '1.19.0', { grammar: 'pair', repeat: 'all' }),
  row('image', 'memory', '0.14.0', { grammar: 'memory', fly: 'ignored' }),
  row('image', 'cpu', '0.14.0', { grammar: 'cpu', fly: 'ignored' }),
  row('image', 'cpu-shares', '1.19.0', { grammar: 'cpuShares', fly: 'ignored' }),
  row('image', 'oom-score-adj', '1.19.0', { grammar: 'oomScore', fly: 'ignored' }),
  row('image', 'caps-retain', '1.12.0', { fly: 'ignored' }),
  row('image', 'caps-remove', '1.12.0', { fly: 'ignored' }),
  row('image', 'cap-retain', '1.9.0', { fly: 'ignored', replacedBy: '--caps-retain' }),
  row('image', 'cap-remove', '1.9.0', { fly: 'ignored', replacedBy: '--caps-remove' }),
  row('image', 'seccomp', '1.12.0', { fly: 'ignored' }),
];

/** Whether `rkt run` has an option of this name. */
export function isRunOption(name: string): boolean {
  return RUN_OPTIONS.some((option) => option.name === name);
}

const UUID_FILE = row('pod', 'uuid-file', '0.8.0');

/** The options of the other commands that a unit calls. */
export const POD_COMMAND_OPTIONS: Readonly<Record<'rm' | 'stop' | 'status', readonly OptionRow[]>> = {
  rm: [...GLOBAL_OPTIONS, HELP, UUID_FILE],
  stop: [...GLOBAL_OPTIONS, HELP, UUID_FILE, flag('pod', 'force', '1.10.0')],
  status: [
    ...GLOBAL_OPTIONS,
    HELP,
    UUID_FILE,
    row('pod', 'wait', '0.6.1', { grammar: 'duration', bare: 'true' }),
    row('pod', 'wait-ready', '1.21.0', { grammar: 'duration', bare: 'true' }),
    row('pod', 'format', '1.17.0'),
  ],
};
