# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's command line for a guest with hot-addable nodes."""

from dataclasses import dataclass
from pathlib import Path

from . import HarnessError, arch, host

INITS = ("plain", "systemd", "v1")
# Without AES and CLMUL udev loads no ciphers, whose self-tests are slow when emulated. Without ERMS the kernel clears and
# copies pages with plain stores, which are emulated many times faster than "rep stosb"; without LA57 its page tables
# have one level less.
CPU = {"tcg": ("tcg,thread=multi", "max,-aes,-pclmulqdq,-erms,-fsrm,-la57"), "kvm": ("kvm", "host")}
# Code that is always at the same address is translated once, so programs start in a third of the time; the translator
# cannot predict the jump of a retpoline.
WORDS = {"tcg": "norandmaps mitigations=off", "kvm": ""}


@dataclass(frozen=True)
class Guest:
    arch: str = arch.NATIVE
    init: str = "plain"
    kernel: str = "6.1"
    nodes: int = 2
    ram: int = 1536  # MB on node 0
    cpus: int = 1  # on node 0; emulated CPUs share the host's with those of the next guest
    boot_node: int = 0  # MB on node 1 at boot
    nvdimm: int = 0  # MB of an NVDIMM on the last node at boot
    cxl: int = 0  # MB of a CXL memory device; persistent, since QEMU 7.2 has no other
    cmdline: str = ""
    boot_cpu: int = 0  # 1: node 1 has a CPU at boot, so that it exists without memory
    first: str = ""  # a script for a first boot; /etc and the hardware are kept from it
    release: str = ""  # Debian's release; "": this machine's root

    def has_own_root(self):
        return arch.is_foreign(self.arch) or bool(self.release)

    def __post_init__(self):
        if self.init not in INITS:
            raise HarnessError(f"no init '{self.init}': there are {', '.join(INITS)}")
        if arch.is_foreign(self.arch):
            self.check_foreign()
        if self.boot_cpu not in (0, 1):
            raise HarnessError(f"boot-cpu={self.boot_cpu}: node 1 has one CPU at boot, or none")
        if not 1 <= self.cpus <= 4:
            raise HarnessError(f"cpus={self.cpus}: 1 to 4 can be had")
        if not 1 <= self.nodes <= 63:
            raise HarnessError(f"{self.nodes} nodes: 1 to 63 can be had")
        for what, megabytes in (("ram", self.ram), ("boot-node", self.boot_node), ("nvdimm", self.nvdimm)):
            if megabytes < 0 or megabytes % 128:
                raise HarnessError(f"{what}={megabytes}: MB in multiples of 128, the guest's memory block")
        if self.cxl < 0 or self.cxl % 256:
            raise HarnessError(f"cxl={self.cxl}: MB in multiples of 256, the capacity's unit in CXL")

    def check_foreign(self):
        block = arch.of(self.arch).block_mb
        if self.init == "systemd" or self.boot_node or self.boot_cpu or self.nvdimm or self.cxl or self.first or self.release:
            raise HarnessError(f"a guest of {self.arch} has init plain or v1, and no boot-node, boot-cpu, nvdimm, cxl, first or release")
        if self.ram % block:
            raise HarnessError(f"ram={self.ram}: MB in multiples of {block}, the memory block of {self.arch}")

    def machine(self):
        """The architecture or the release of its root and of the programs built for it."""
        return self.release or self.arch

    def label(self):
        """A file name that is different for each guest."""
        parts = [self.arch] if arch.is_foreign(self.arch) else []
        parts += [self.release] if self.release else []
        parts += [self.init, self.kernel, f"n{self.nodes}", f"r{self.ram}"]
        parts += [f"c{self.cpus}"] if self.cpus != 1 else []
        parts += [f"b{self.boot_node}"] if self.boot_node else []
        parts += ["cpu1"] if self.boot_cpu else []
        parts += [f"nv{self.nvdimm}"] if self.nvdimm else []
        parts += [f"cxl{self.cxl}"] if self.cxl else []
        parts += ["".join(c if c.isalnum() else "_" for c in self.cmdline)] if self.cmdline else []
        parts += ["first"] if self.first else []
        return "-".join(parts)


def numa(guest):
    """Node 0 has the memory and the CPUs. Every other node owns a CPU that is never plugged in: only this puts the node
    into the firmware's tables (SRAT), so that the kernel considers it possible without creating it. With boot_cpu the
    CPU of node 1 is plugged in, and the node exists."""
    most = guest.cpus + guest.nodes
    argv = ["-smp", f"{guest.cpus + guest.boot_cpu},maxcpus={most},sockets={most},cores=1"]
    argv += ["-object", f"memory-backend-ram,id=mem0,size={guest.ram}M", "-numa", "node,nodeid=0,memdev=mem0"]
    for cpu in range(guest.cpus):
        argv += ["-numa", f"cpu,node-id=0,socket-id={cpu}"]
    for node in range(1, guest.nodes + 1):
        memory = ""
        if node == 1 and guest.boot_node:
            argv += ["-object", f"memory-backend-ram,id=mem1,size={guest.boot_node}M"]
            memory = ",memdev=mem1"
        argv += ["-numa", f"node,nodeid={node}{memory}", "-numa", f"cpu,node-id={node},socket-id={guest.cpus + node - 1}"]
        argv += ["-numa", f"dist,src=0,dst={node},val=80"]
        for other in range(1, node):
            argv += ["-numa", f"dist,src={other},dst={node},val=90"]
    return argv


def nvdimm(guest):
    """Has no label-size: with one, the dax region is not aligned to memory blocks."""
    if not guest.nvdimm:
        return []
    return ["-object", f"memory-backend-ram,id=nvmem,size={guest.nvdimm}M",
            "-device", f"nvdimm,id=nvdimm,memdev=nvmem,node={guest.nodes}"]  # fmt: skip


def cxl(guest):
    """A window, a host bridge, and a memory device below it. There are two root ports, since Linux assumes that the
    decoders of a bridge with one port pass everything through, and QEMU 7.2's do not."""
    if not guest.cxl:
        return []
    return ["-object", f"memory-backend-ram,id=cxlmem,size={guest.cxl}M",
            "-object", "memory-backend-ram,id=cxllsa,size=1M",
            "-device", "pxb-cxl,id=cxl0,bus=pcie.0,bus_nr=64",
            "-device", "cxl-rp,id=cxlport0,bus=cxl0,port=0,chassis=0,slot=0",
            "-device", "cxl-rp,id=cxlport1,bus=cxl0,port=1,chassis=0,slot=1",
            "-device", "cxl-type3,id=cxl0mem0,bus=cxlport0,memdev=cxlmem,lsa=cxllsa",
            "-M", f"cxl-fmw.0.targets.0=cxl0,cxl-fmw.0.size=4G"]  # fmt: skip


def foreign_numa(guest):
    """Node 0 has the memory and the CPUs. The others are possible: by the table of srat.py, or because QEMU's device tree
    states how many there may be."""
    argv = ["-smp", str(guest.cpus), "-object", f"memory-backend-ram,id=mem0,size={guest.ram}M"]
    argv += ["-numa", f"node,nodeid=0,memdev=mem0,cpus=0-{guest.cpus - 1}"]
    for node in range(1, guest.nodes + 1):
        argv += ["-numa", f"node,nodeid={node}", "-numa", f"dist,src=0,dst={node},val=80"]
        for other in range(1, node):
            argv += ["-numa", f"dist,src={other},dst={node},val=90"]
    return argv


SIZABLE_MB = 1024


def sizable(node):
    """The name of the device that provides the node's memory."""
    return f"memory{node}"


def sizable_devices(guest):
    argv = []
    for node in range(1, guest.nodes + 1):
        name = sizable(node)
        argv += ["-object", f"memory-backend-ram,id={name}-backend,size={SIZABLE_MB}M"]
        argv += ["-device", f"virtio-mem-pci,bus={arch.of(guest.arch).pci},id={name},memdev={name}-backend,node={node},requested-size=0"]
    return argv


def x86_64(guest, accel):
    accelerator, cpu = CPU[accel]
    kind = "q35,sata=off,smbus=off" + (",nvdimm=on" if guest.nvdimm else "") + (",cxl=on" if guest.cxl else "")
    return ["-accel", accelerator, "-cpu", cpu, "-machine", kind, *numa(guest), *nvdimm(guest), *cxl(guest)]


def aarch64(guest, accel):
    """Uses ACPI, since only ACPI announces memory that comes later, and therefore UEFI, since only UEFI announces ACPI."""
    machine_of = arch.of(guest.arch)
    firmware = next(iter(machine_of.firmware))
    return ["-accel", accel, "-cpu", machine_of.cpu, "-machine", "virt", "-bios", firmware, *foreign_numa(guest), *sizable_devices(guest)]


def ppc64le(guest, accel):
    """A POWER9 machine. The mitigations that an emulated CPU lacks are switched off; with the small firmware (vof) it
    starts at once."""
    kind = "pseries,x-vof=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off"
    return ["-accel", accel, "-cpu", arch.of(guest.arch).cpu, "-machine", kind, *foreign_numa(guest)]


MACHINES = {"x86_64": x86_64, "aarch64": aarch64, "ppc64le": ppc64le}


def machine(guest, kernel, accel, console, append=""):
    """The bare machine, which is enough for a probe of the accelerator.

    Without no_timer_check a guest on a busy host may miss the ticks that the kernel's check_timer() counts, and panic.
    """
    kind = arch.of(guest.arch)
    words = [f"console={kind.console} panic=-1 oops=panic no_timer_check quiet", kind.words, WORDS[accel], guest.cmdline, append]
    return [
        host.find("setpriv"), "--pdeathsig", "KILL", "--", host.find(kind.qemu),
        *MACHINES[guest.arch](guest, accel),
        "-m", f"{guest.ram + guest.boot_node}M,slots={kind.slots},maxmem=64G",
        "-nodefaults", "-display", "none", "-no-reboot", "-serial", f"file:{console}",
        "-kernel", str(kernel.image), "-initrd", str(kernel.initramfs),
        "-append", " ".join(word for word in words if word),
    ]  # fmt: skip


def shares(guest, kernel, job):
    """The guest's root and, if it is another one, this machine's root, both read-only; and the job's directory."""
    places = {"root": (kernel.root, ",readonly=on,multidevs=remap"), "job": (job, "")}
    if guest.has_own_root():
        places["host"] = (Path("/"), ",readonly=on,multidevs=remap")
    argv = []
    for name, (path, options) in places.items():
        argv += ["-fsdev", f"local,id={name},path={path},security_model=none{options}"]
        argv += ["-device", f"virtio-9p-pci,bus={arch.of(guest.arch).pci},fsdev={name},mount_tag={name}"]
    return argv


def channels(guest, qmp, ports, terminal):
    """QMP and the guest's virtio ports by name, each on an inherited descriptor; if requested, hvc0 on our terminal."""
    argv = ["-chardev", f"socket,id=qmp,fd={qmp}", "-mon", "chardev=qmp,mode=control", "-device", f"virtio-serial-pci,bus={arch.of(guest.arch).pci}"]
    for name, descriptor in ports.items():
        argv += ["-chardev", f"socket,id={name},fd={descriptor}", "-device", f"virtserialport,chardev={name},name={name}"]
    if terminal:
        argv += ["-chardev", "stdio,id=terminal,signal=off", "-device", "virtconsole,chardev=terminal"]
    return argv
