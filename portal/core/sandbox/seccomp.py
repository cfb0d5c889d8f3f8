"""The system calls that a sandboxed child does without, as a classic BPF program for seccomp."""

import errno
import platform
from dataclasses import dataclass

from portal.core.sandbox.task import SandboxBroken

RET_ALLOW = 0x7FFF0000
RET_ERRNO = 0x00050000
RET_KILL_PROCESS = 0x80000000
LD_WORD = 0x20
JEQ = 0x15
JGE = 0x35
JSET = 0x45
RET = 0x06
NR_OFFSET = 0
ARCH_OFFSET = 4
FIRST_ARGUMENT_OFFSET = 16
X32_CALLS = 0x40000000
NEW_NAMESPACES = 0x7E020080
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME."""

# Each line: name, number on x86-64, number on aarch64. Left out of the child's world: the network,
# other processes, mounts and namespaces, the kernel's settings and keys, memory that no limit
# counts, and leaving the process group by which the child is killed.
DENIED = """
socket 41 198
ptrace 101 117
process_vm_readv 310 270
process_vm_writev 311 271
process_madvise 440 440
pidfd_getfd 438 438
pidfd_send_signal 424 424
kcmp 312 272
setsid 112 157
setpgid 109 154
mount 165 40
umount2 166 39
pivot_root 155 41
chroot 161 51
fsopen 430 430
fsconfig 431 431
fsmount 432 432
fspick 433 433
open_tree 428 428
move_mount 429 429
mount_setattr 442 442
unshare 272 97
setns 308 268
name_to_handle_at 303 264
open_by_handle_at 304 265
truncate 76 45
bpf 321 280
add_key 248 217
request_key 249 218
keyctl 250 219
perf_event_open 298 241
userfaultfd 323 282
fanotify_init 300 262
io_uring_setup 425 425
io_uring_enter 426 426
io_uring_register 427 427
memfd_create 319 279
memfd_secret 447 447
shmget 29 194
msgget 68 186
semget 64 190
mq_open 240 180
kexec_load 246 104
kexec_file_load 320 294
init_module 175 105
finit_module 313 273
delete_module 176 106
swapon 167 224
swapoff 168 225
reboot 169 142
settimeofday 164 170
clock_settime 227 112
adjtimex 159 171
clock_adjtime 305 266
acct 163 89
quotactl 179 60
quotactl_fd 443 443
syslog 103 116
sethostname 170 161
setdomainname 171 162
vhangup 153 58
personality 135 92
"""
# Allowed on oneself only: with the same user id they would reach the process that started us.
OWN_ONLY = """
prlimit64 302 261
"""
SIGNALS = """
kill 62 129
tkill 200 130
tgkill 234 131
rt_sigqueueinfo 129 138
rt_tgsigqueueinfo 297 240
"""


@dataclass(frozen=True)
class Machine:
    audit_arch: int
    column: int
    clone: int
    clone3: int


MACHINES = {
    "x86_64": Machine(audit_arch=0xC000003E, column=1, clone=56, clone3=435),
    "aarch64": Machine(audit_arch=0xC00000B7, column=2, clone=220, clone3=435),
}


def program(*, own_signals_only: bool, machine: str = platform.machine()) -> list[list[int]]:
    """Return the filter's instructions as `[code, jump if true, jump if false, constant]`.

    With `own_signals_only` the child may signal nobody but itself, for kernels whose Landlock
    does not scope signals. The jail puts its own process id where the constant is -1.
    """
    if machine not in MACHINES:
        raise SandboxBroken(f"No table of system calls is known for {machine}.")
    target = MACHINES[machine]
    deny = RET_ERRNO | errno.EPERM
    lines = [
        [LD_WORD, 0, 0, ARCH_OFFSET],
        [JEQ, 1, 0, target.audit_arch],
        [RET, 0, 0, RET_KILL_PROCESS],
        [LD_WORD, 0, 0, NR_OFFSET],
        # x32 calls reach the same kernel functions under other numbers.
        [JGE, 0, 1, X32_CALLS],
        [RET, 0, 0, RET_KILL_PROCESS],
        # Its flags lie in memory that a filter cannot read: glibc falls back to clone.
        [JEQ, 0, 1, target.clone3],
        [RET, 0, 0, RET_ERRNO | errno.ENOSYS],
    ]
    for number in _numbers(DENIED, target):
        lines += [[JEQ, 0, 1, number], [RET, 0, 0, deny]]
    for number in _numbers(OWN_ONLY + (SIGNALS if own_signals_only else ""), target):
        lines += [
            [JEQ, 0, 5, number],
            [LD_WORD, 0, 0, FIRST_ARGUMENT_OFFSET],
            [JEQ, 2, 0, 0],
            [JEQ, 1, 0, -1],
            [RET, 0, 0, deny],
            [LD_WORD, 0, 0, NR_OFFSET],
        ]
    return [
        *lines,
        [JEQ, 0, 3, target.clone],
        [LD_WORD, 0, 0, FIRST_ARGUMENT_OFFSET],
        [JSET, 0, 1, NEW_NAMESPACES],
        [RET, 0, 0, deny],
        [RET, 0, 0, RET_ALLOW],
    ]


def _numbers(table: str, machine: Machine) -> list[int]:
    return [int(line.split()[machine.column]) for line in table.split("\n") if line]
