/**
 * The agent's metrics, served over HTTP. Loaded only where an address is given: an agent leaves the node its
 * memory.
 */

import type { AgentMetrics } from '../metrics/agent.ts';
import type { MetricsServer } from '../metrics/server.ts';

export type OpenMetrics = MetricsServer & Pick<AgentMetrics, 'passed'>;

/**
 * @param version of this program
 * @param isReady whether the source has answered once
 * @throws ListenError when the address is not HOST:PORT or cannot be listened at
 */
export async function openMetrics(
  address: string | undefined,
  version: string,
  isReady: () => boolean,
): Promise<OpenMetrics | undefined> {
  if (address === undefined) return undefined;
  const [{ agentMetrics }, { serveMetrics }] = await Promise.all([import('../metrics/agent.ts'), import('../metrics/server.ts')]);
  const { registry, passed } = agentMetrics(version);
  // Healthy as long as it answers: to kill an agent that is slow would only make it begin again.
  return { passed, ...(await serveMetrics(address, registry, () => true, isReady)) };
}
