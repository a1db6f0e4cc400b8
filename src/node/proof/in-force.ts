/** Proves by the kubelet's own /configz that it has in force after a change what the change promised. */

import type { KubeletServer } from '../../kubelet/server.ts';
import { compareSettings, settingOf } from '../../kubelet/settings/compare.ts';
import { describeDifferences, differencesFromPrediction, type PredictedKubelet } from '../../kubelet/settings/running.ts';
import type { KubeletSettings } from '../../kubelet/settings/setting.ts';
import type { Clock } from '../../loop/clock.ts';
import { DeadlineError, withDeadline } from '../../loop/deadline.ts';
import type { SettingsRead } from '../model/settings-read.ts';
import type { Verdict } from '../model/verdict.ts';
import type { AskKubelet, RunningConfiguration } from '../ports/running-kubelet.ts';

/** What a kubelet is to have in force after a change, and how that is looked at. */
export interface PromisedSettings {
  readonly predicted: PredictedKubelet;
  /** What it said before the change. */
  readonly before: RunningConfiguration;
  /** Whether the same program ran before the change: another version has other defaults. */
  readonly isSameProgram: () => Promise<boolean>;
  /** Its server after the change. */
  readonly server: KubeletServer;
  readonly ask: AskKubelet;
  /** What its files say now; undefined if they cannot be read. */
  readonly filesNow: () => Promise<KubeletSettings | undefined>;
}

/** What bounds the proof. */
export interface InForceOptions {
  /** The time that is left for it. */
  readonly milliseconds: number;
  readonly stop?: AbortSignal | undefined;
  readonly superseded?: AbortSignal | undefined;
  /** Throws if the dead-man's switch has taken over. */
  readonly fence: () => Promise<void>;
}

/** A kubelet that has just started may not be able yet to find out who asks. */
const pauseMilliseconds = 500;

/**
 * Asks the kubelet, again while there is time if it answered before the change.
 *
 * @returns a verdict if something else is in force than was promised: Failed if the files are as they were
 * predicted, Interrupted if somebody has changed them meanwhile. No answer is no failure
 */
export async function proveInForce(
  promised: PromisedSettings,
  clock: Clock,
  { milliseconds, stop, superseded, fence }: InForceOptions,
): Promise<SettingsRead | Verdict> {
  const deadline = clock.now() + milliseconds;
  for (;;) {
    const answer = await readInTime(promised, deadline - clock.now(), clock);
    await fence();
    if (answer.kind === 'Read') return (await verdictOn(answer.configuration, promised)) ?? { kind: 'Read' };
    if (superseded?.aborted) return { kind: 'Superseded', reason: 'something else is desired by now' };
    const isOver = promised.before.kind === 'Unknown' || stop?.aborted || clock.now() + pauseMilliseconds >= deadline;
    if (isOver) return { kind: 'Unknown', reason: answer.reason };
    await clock.sleep(pauseMilliseconds);
    if (clock.now() >= deadline) return { kind: 'Unknown', reason: answer.reason };
  }
}

async function readInTime({ ask, server }: PromisedSettings, milliseconds: number, clock: Clock): Promise<RunningConfiguration> {
  if (milliseconds <= 0) return { kind: 'Unknown', reason: 'no time was left to ask it within health.timeoutSeconds' };
  try {
    return await withDeadline(milliseconds, () => ask.configuration(server), { clock });
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    return { kind: 'Unknown', reason: `it gave no answer within ${Math.ceil(milliseconds / 1000)} s` };
  }
}

type Fields = Extract<RunningConfiguration, { kind: 'Read' }>['configuration'];

async function verdictOn(found: Fields, promised: PromisedSettings): Promise<Verdict | undefined> {
  const { predicted, before } = promised;
  const now = await promised.filesNow();
  const ran = before.kind === 'Read' && (await promised.isSameProgram()) ? before.configuration : undefined;
  const differences = differencesFromPrediction({ ...predicted, now }, { before: ran, after: found });
  if (differences.length === 0) return undefined;
  const reason = `the kubelet has other settings in force than the change promised: ${describeDifferences(differences)}`;
  const edited = now && editedFiles(predicted.after, now);
  if (edited?.length === 0) return { kind: 'Failed', reason };
  const why = edited ? `meanwhile ${edited.join(', ')} changed` : 'its files cannot be read any more';
  return { kind: 'Interrupted', reason: `${reason}; ${why}` };
}

/** The files that say something else than was predicted. */
function editedFiles(predicted: KubeletSettings, now: KubeletSettings): string[] {
  const { changes } = compareSettings(predicted, now);
  const files = changes.flatMap((change) => [settingOf(change).by, change.to?.by]).filter((by) => by !== undefined);
  const isUnread = now.unread.join() !== predicted.unread.join();
  if (changes.length === 0) return isUnread ? [...now.unread] : [];
  return files.length === 0 ? ['its unit'] : [...new Set(files)];
}
