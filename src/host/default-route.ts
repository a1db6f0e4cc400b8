/** Reads the kernel's tables of routes and addresses, in the formats of proc(5). Pure. */

interface Route {
  readonly name: string;
  readonly metric: number;
}

/** The kernel refuses to use such a route, or it leads back to this machine (RTF_REJECT, RTF_LOCAL). */
const unusable = 0x0200 | 0x8000_0000;
const isUp = 0x1;

/** The interface of the default route with the least metric; undefined without one. */
export function defaultInterface(table: string, family: 'IPv4' | 'IPv6'): string | undefined {
  const routes = table.split('\n').flatMap((line) => (family === 'IPv4' ? ipv4Route(line) : ipv6Route(line)));
  return routes.reduce<Route | undefined>((best, route) => (best && best.metric <= route.metric ? best : route), undefined)?.name;
}

/** Iface Destination Gateway Flags RefCnt Use Metric Mask … */
function ipv4Route(line: string): Route[] {
  const [name = '', destination, , flags = '', , , metric = '', mask] = line.trim().split(/\s+/);
  const isDefault = destination === '00000000' && mask === '00000000';
  return isDefault && isUsable(Number.parseInt(flags, 16)) ? [{ name, metric: Number(metric) }] : [];
}

/** destination length source length gateway metric references use flags name */
function ipv6Route(line: string): Route[] {
  const [destination = '', length, source, sourceLength, , metric = '', , , flags = '', name = ''] = line.trim().split(/\s+/);
  const isDefault = /^0{32}$/.test(destination) && length === '00' && /^0{32}$/.test(source ?? '') && sourceLength === '00';
  return isDefault && name !== 'lo' && isUsable(Number.parseInt(flags, 16))
    ? [{ name, metric: Number.parseInt(metric, 16) }]
    : [];
}

function isUsable(flags: number): boolean {
  return (flags & isUp) !== 0 && (flags & unusable) === 0;
}

/**
 * Temporary, without a check of duplicates yet or with a failed one, deprecated: IFA_F_* of
 * linux/if_addr.h.
 */
const passing = 0x01 | 0x08 | 0x20 | 0x40;

/**
 * The global address of an interface that stays: a temporary one changes every day. Of several the first in
 * the order of their texts, since the kernel has none.
 */
export function stableIpv6(table: string, name: string): string | undefined {
  const addresses = table.split('\n').flatMap((line) => {
    const [address = '', , , scope, flags = '', owner] = line.trim().split(/\s+/);
    const stays = (Number.parseInt(flags, 16) & passing) === 0;
    return owner === name && scope === '00' && stays && /^[0-9a-f]{32}$/.test(address) ? [address] : [];
  });
  const [first] = addresses.sort();
  return first === undefined ? undefined : shortened(first);
}

/** As RFC 5952 writes it. */
function shortened(digits: string): string {
  const groups = digits.match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
