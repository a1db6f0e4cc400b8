/** The users and groups under which the kubelet is to run: whether this node knows them. */

import type { Problem } from '../../api/problem.ts';
import type { NeededAccount } from '../../systemd/service-needs.ts';
import { foreignLines } from '../../text/foreign-text.ts';
import type { PreflightRequest } from '../model/preflight.ts';
import type { HostPrograms } from '../ports/programs.ts';
import { ask, lastLine } from './ask.ts';
import { notStarted, type Requirements, requirementProblem } from './requirements.ts';

const askMilliseconds = 15_000;

type Request = Pick<PreflightRequest, 'effective' | 'restarts' | 'report'>;

/**
 * The problems with users and groups that the host does not know. It asks the host's databases, which may be
 * somewhere else than in its files (nsswitch.conf(5)).
 *
 * @throws SystemdError if systemd is disconnected
 */
export async function findAccounts(requirements: Requirements, request: Request, programs: HostPrograms): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const account of requirements.accounts) {
    const { key, name, kind } = account;
    const unknown = (reason: string) => request.report({ kind: 'Unverified', what: foreignLines(`${key}=${name}`), reason });
    const command = ['getent', databases[kind], '--', name];
    const result = await ask(programs, command, { timeoutMilliseconds: askMilliseconds }, unknown);
    if (result?.exitCode === notFound) problems.push(missingAccount(account, requirements, request));
    else if (result && result.exitCode !== 0) unknown(lastLine(result.stderr));
  }
  return problems;
}

const databases = { user: 'passwd', group: 'group' } as const;

/** The exit status of getent for a name that is in no database: getent(1). */
const notFound = 2;

function missingAccount(
  { key, name, kind }: NeededAccount,
  { pullsInService }: Requirements,
  { restarts, effective }: Request,
): Problem {
  const reason = `${key}=${name} in [Service] of the unit: this node has no ${kind} ${name}, so ${notStarted}`;
  const remedy = `make the ${kind} on the node (\`${kind}add --system ${name}\`), or take ${key}= out of the unit`;
  const severity = restarts && !pullsInService ? 'error' : 'warning';
  return requirementProblem(severity, { section: 'Service', key }, effective.spec, reason, remedy);
}
