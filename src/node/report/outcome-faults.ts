/** What went wrong in a pass besides its problems, in the same shape as these. Pure. */

import type { FieldPath, ProblemCode } from '../../api/problem.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import type { TransactionResult } from '../model/event.ts';
import type { HostFault } from '../model/host-fault.ts';
import type { Outcome } from '../model/outcome.ts';
import { codeOfVerdict, leftoversRemedy, type ReportCode, type verdictCodes } from './assessment.ts';

/** A fault that no field of an object causes. It has the members of a Problem. */
export interface OutcomeFault {
  readonly severity: 'error';
  readonly code: ProblemCode | HostFault['code'] | ReportCode | (typeof verdictCodes)[number];
  readonly path: FieldPath;
  readonly reason: string;
  readonly remedy: string;
}

/** The faults of an outcome; none if it is as desired, or if its problems say it all. Secrets are hidden. */
export function faultsOf(outcome: Outcome): OutcomeFault[] {
  switch (outcome.kind) {
    case 'Unchanged':
    case 'Waiting':
      return [];
    case 'Kept':
      if (outcome.failedBefore !== undefined)
        return [fault('Undone', `the same change failed before: ${outcome.failedBefore}`, failed)];
      return outcome.interruptedBy === undefined ? [] : [fault('Interrupted', outcome.interruptedBy, interrupted)];
    case 'Unreadable':
      return [faultOf(outcome.error)];
    case 'Changed':
      return resultFaults(outcome.result);
    default:
      return outcome satisfies never;
  }
}

function resultFaults(result: TransactionResult): OutcomeFault[] {
  switch (result.kind) {
    case 'Committed':
      return [];
    case 'Refused':
      return result.errors.map(faultOf);
    case 'Undone': {
      const { verdict, kubeletDown } = result;
      const remedy = verdict.kind === 'Failed' ? failed : interrupted;
      const verdictFault = fault(codeOfVerdict(verdict), `the change was undone: ${verdict.reason}`, remedy);
      if (kubeletDown === undefined) return [verdictFault];
      return [
        verdictFault,
        fault('KubeletDown', `the kubelet does not start with the old files either: ${kubeletDown}`, downRemedy),
      ];
    }
    case 'NotUndone': {
      const { verdict, error, leftovers } = result;
      const why = error instanceof Error ? error.message : String(error);
      const reason = `the change failed: ${verdict.reason}, and it could not be undone: ${why}`;
      return [fault('NotUndone', reason, leftovers === undefined ? openRemedy : leftoversRemedy)];
    }
    default:
      return result satisfies never;
  }
}

const failed = 'correct the objects, or what the reason names on the host, then apply again';
const interrupted = 'apply again; an agent tries it again by itself';
const downRemedy = 'read the journal of the kubelet on the host';
const openRemedy = 'the agent, or the next apply, tries again to undo it';

function faultOf({ code, message, remedy }: HostFault): OutcomeFault {
  return fault(code, message, remedy);
}

function fault(code: OutcomeFault['code'], reason: string, remedy: string): OutcomeFault {
  return { severity: 'error', code, path: [], reason: hideInReason(reason), remedy };
}
