import { describe, expect, it } from 'vitest';
import { parseFacts, parseOsRelease } from '../../src/render/facts.ts';

describe('parseOsRelease', () => {
  it('reads what CoreOS wrote', () => {
    const text = `NAME="Container Linux by CoreOS"
ID=coreos
VERSION=1298.6.0
VERSION_ID=1298.6.0
BUILD_ID=2017-03-14-2119
PRETTY_NAME="Container Linux by CoreOS 1298.6.0 (Ladybug)"
ANSI_COLOR="38;5;75"
HOME_URL="https://coreos.com/"
`;
    expect(parseOsRelease(text)).toEqual({
      NAME: 'Container Linux by CoreOS',
      ID: 'coreos',
      VERSION: '1298.6.0',
      VERSION_ID: '1298.6.0',
      BUILD_ID: '2017-03-14-2119',
      PRETTY_NAME: 'Container Linux by CoreOS 1298.6.0 (Ladybug)',
      ANSI_COLOR: '38;5;75',
      HOME_URL: 'https://coreos.com/',
    });
  });

  it.each([
    [`A='x "y" \\z'`, 'x "y" \\z'],
    ['A="a\\"b\\$c\\\\d\\`e\\f"', 'a"b$c\\d`e\\f'],
    ['A=a\\ b', 'a b'],
    ['A=', ''],
    ['A=""', ''],
    ['  A=x  ', 'x'],
    ['A=x\r', 'x'],
    ['A=first\nA=last', 'last'],
    ['# A=no\n\nA=yes', 'yes'],
    ['A="open', '"open'],
  ])('reads %j', (text, value) => {
    expect(parseOsRelease(text)).toEqual({ A: value });
  });

  it.each(['', '#A=x', 'no assignment', '1A=x', '=x'])('ignores %j', (text) => {
    expect(parseOsRelease(text)).toEqual({});
  });
});

describe('parseFacts', () => {
  it('takes all facts, or few', () => {
    const facts = {
      osRelease: { ID: 'coreos', VERSION_ID: '1298.6.0' },
      bootId: '3c5f0d3e-7f0c-4e57-9d2b-5d8a6a1f3f0b',
      rktVersion: '1.29.0',
      systemdVersion: 231,
      kubeletVersion: 'v1.5.4+coreos.0',
    };
    expect(parseFacts(facts)).toEqual({ ok: true, facts });
    expect(parseFacts({})).toEqual({ ok: true, facts: { osRelease: {} } });
    expect(parseFacts({ rktVersion: null })).toEqual({ ok: true, facts: { osRelease: {} } });
  });

  it.each([
    [null, []],
    ['ID=coreos', []],
    [[], []],
    [{ osRelease: 'ID=coreos' }, ['osRelease']],
    [{ osRelease: { VERSION_ID: 22.1 } }, ['osRelease', 'VERSION_ID']],
    [{ bootId: '' }, ['bootId']],
    [{ rktVersion: 1.3 }, ['rktVersion']],
    [{ kubeletVersion: '1.30' }, ['kubeletVersion']],
    [{ systemdVersion: '252' }, ['systemdVersion']],
    [{ systemdVersion: 0 }, ['systemdVersion']],
  ])('refuses %j', (value, path) => {
    expect(parseFacts(value)).toEqual({
      ok: false,
      problems: [expect.objectContaining({ severity: 'error', code: 'WrongType', path, remedy: expect.stringMatching(/\S/) })],
    });
  });

  it.each(['osrelease', 'constructor', '__proto__x'])('knows no fact %s', (name) => {
    expect(parseFacts({ [name]: {} })).toMatchObject({ ok: false, problems: [{ code: 'UnknownField', path: [name] }] });
  });

  it('tells all that is wrong at once', () => {
    expect(parseFacts({ bootId: 1, rktVersion: 2, other: 3 })).toMatchObject({ ok: false, problems: [{}, {}, {}] });
  });
});
