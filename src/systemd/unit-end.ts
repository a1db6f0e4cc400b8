/** Why a unit does not run, in words for a person, from what systemd says about its last start. Pure. */

/** How one process ended: CLD_EXITED is 1, CLD_KILLED 2, CLD_DUMPED 3 (sigaction(2)); 0 if none has ended. */
export interface ProcessEnd {
  readonly code: number;
  /** The exit status, or the number of the signal. */
  readonly status: number;
}

/** What systemd says about the last start of a service. */
export interface UnitEnd {
  /** `success`, `exit-code`, `start-limit-hit`, …: systemd.service(5), "Result". */
  readonly result: string;
  readonly main?: ProcessEnd;
  /** Another command of the unit that failed, with its key: `ExecStartPre`. */
  readonly command?: ProcessEnd & { readonly key: string };
  /** The conditions and assertions that were not met, as the unit has them: `ConditionPathExists=/x`. */
  readonly unmet?: readonly string[];
}

/** One sentence without a full stop, with the word of systemd in it, for which one can search. */
export function describeUnitEnd({ result, main, command, unmet = [] }: UnitEnd): string {
  if (unmet.length > 0) return `systemd did not start it, because a condition of the unit is not met: ${unmet.join(', ')}`;
  const words = Object.hasOwn(resultWords, result) ? resultWords[result] : undefined;
  if (command) return `a command of ${command.key}= ${processWords(command, result)}`;
  if (main && main.code > 0 && ofProcess.includes(result)) return `its main process ${processWords(main, result)}`;
  return words === undefined ? `systemd calls its result "${result}"` : `${words} (${result})`;
}

/** The results that say nothing beyond how the process ended. */
const ofProcess: readonly string[] = ['success', 'exit-code', 'signal', 'core-dump'];

const resultWords: Readonly<Record<string, string>> = {
  success: 'it ended without an error',
  'exit-code': 'it exited with an error',
  signal: 'it was killed by a signal',
  'core-dump': 'it was killed by a signal and left a core dump',
  resources: 'systemd could not prepare its start, for example because a file of EnvironmentFile= is missing',
  protocol: 'it did not tell systemd what Type= of the unit asks for',
  timeout: 'it did not start, or did not stop, in the time that the unit gives it',
  watchdog: 'it did not report to the watchdog of systemd in time',
  'start-limit-hit': 'it was started too often in a short time',
  'oom-kill': 'memory ran out, and the kernel killed one of its processes',
  'exec-condition': 'a command of ExecCondition= said that it must not start',
};

function processWords({ code, status }: ProcessEnd, result: string): string {
  if (code !== 1) {
    const signal = signals[status];
    return `was killed by signal ${status}${signal ? ` (SIG${signal})` : ''}${code === 3 ? ' and left a core dump' : ''}`;
  }
  const [name, meaning] = exitStatuses[status] ?? [];
  return name === undefined ? `exited with status ${status} (${result})` : `exited with status ${status} (${name}): ${meaning}`;
}

const signals: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  4: 'ILL',
  6: 'ABRT',
  7: 'BUS',
  8: 'FPE',
  9: 'KILL',
  11: 'SEGV',
  13: 'PIPE',
  14: 'ALRM',
  15: 'TERM',
  24: 'XCPU',
  25: 'XFSZ',
  31: 'SYS',
};

/**
 * The statuses with which systemd's own part of a new process exits, before the program begins:
 * systemd.exec(5), "Process Exit Codes".
 */
const exitStatuses: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  200: ['CHDIR', 'the directory of WorkingDirectory= is missing or cannot be entered'],
  201: ['NICE', 'systemd could not set Nice='],
  202: ['FDS', 'systemd could not set up the open files'],
  203: ['EXEC', 'the program is missing, cannot be executed, or names an interpreter that is missing'],
  204: ['MEMORY', 'there was not enough memory'],
  205: ['LIMITS', 'systemd could not set a limit (Limit…=)'],
  206: ['OOM_ADJUST', 'systemd could not set OOMScoreAdjust='],
  207: ['SIGNAL_MASK', 'systemd could not set the mask of signals'],
  208: ['STDIN', 'systemd could not set up StandardInput='],
  209: ['STDOUT', 'systemd could not set up StandardOutput='],
  210: ['CHROOT', 'the directory of RootDirectory= is missing or cannot be entered'],
  211: ['IOPRIO', 'systemd could not set IOSchedulingClass= or IOSchedulingPriority='],
  212: ['TIMERSLACK', 'systemd could not set TimerSlackNSec='],
  213: ['SECUREBITS', 'systemd could not set SecureBits='],
  214: ['SETSCHEDULER', 'systemd could not set CPUSchedulingPolicy='],
  215: ['CPUAFFINITY', 'systemd could not set CPUAffinity='],
  216: ['GROUP', 'the group of Group= or SupplementaryGroups= is missing'],
  217: ['USER', 'the user of User= is missing'],
  218: ['CAPABILITIES', 'systemd could not set the capabilities'],
  219: ['CGROUP', 'systemd could not set up the control group'],
  220: ['SETSID', 'systemd could not make a session'],
  221: ['CONFIRM', 'a person at the console refused the start'],
  222: ['STDERR', 'systemd could not set up StandardError='],
  224: ['PAM', 'systemd could not set up PAMName='],
  225: ['NETWORK', 'systemd could not set up the network namespace'],
  226: [
    'NAMESPACE',
    'systemd could not set up the mounts, for example because a path of ReadWritePaths= or BindPaths= is missing',
  ],
  227: ['NO_NEW_PRIVILEGES', 'systemd could not set NoNewPrivileges='],
  228: ['SECCOMP', 'systemd could not set the filters of system calls'],
  229: ['SELINUX_CONTEXT', 'systemd could not set SELinuxContext='],
  230: ['PERSONALITY', 'systemd could not set Personality='],
  231: ['APPARMOR_PROFILE', 'systemd could not set AppArmorProfile='],
  232: ['ADDRESS_FAMILIES', 'systemd could not set RestrictAddressFamilies='],
  233: ['RUNTIME_DIRECTORY', 'systemd could not make the directory of RuntimeDirectory='],
  235: ['CHOWN', 'systemd could not change the owner of a socket'],
  236: ['SMACK_PROCESS_LABEL', 'systemd could not set SmackProcessLabel='],
  237: ['KEYRING', 'systemd could not set up the keyring'],
  238: ['STATE_DIRECTORY', 'systemd could not make the directory of StateDirectory='],
  239: ['CACHE_DIRECTORY', 'systemd could not make the directory of CacheDirectory='],
  240: ['LOGS_DIRECTORY', 'systemd could not make the directory of LogsDirectory='],
  241: ['CONFIGURATION_DIRECTORY', 'systemd could not make the directory of ConfigurationDirectory='],
  242: ['NUMA_POLICY', 'systemd could not set NUMAPolicy='],
  243: ['CREDENTIALS', 'systemd could not set up the credentials, for example because a file of LoadCredential= is missing'],
  245: ['BPF', 'systemd could not set up the BPF filters'],
};

/** How a job that did not succeed ended, in words: org.freedesktop.systemd1(5), "JobRemoved". */
export function describeJobResult(result: string): string {
  const words = Object.hasOwn(jobWords, result) ? jobWords[result] : undefined;
  return words === undefined ? `its job was ${result}` : `${words} (${result})`;
}

const jobWords: Readonly<Record<string, string>> = {
  canceled: 'a person or another program started, stopped or reset it meanwhile',
  timeout: 'its job took too long',
  dependency: 'a unit that it requires did not start; `systemctl list-units --failed` shows which',
  unsupported: 'systemd cannot start such a unit here',
  frozen: 'the unit is frozen; `systemctl thaw` lets it go on',
};
