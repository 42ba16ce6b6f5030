# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of memory affinities (ACPI 6.5, 5.2.16) for QEMU's machine 'virt', whose own table is not sufficient.

QEMU's table has a window for memory that comes later only on the last node. It also assigns no node to the firmware's
flash, which the kernel takes for memory too (arch/arm64, reserve_regions()); this ends in a machine without nodes
(drivers/base/arch_numa.c, numa_register_nodes()). A kernel with CONFIG_ACPI_TABLE_UPGRADE takes a newer table from the
initramfs.
"""

import struct

PLACE = ("kernel", "kernel/firmware", "kernel/firmware/acpi")
FLASH, FLASH_SIZE = 64 << 20, 64 << 20  # the firmware's variables (hw/arch/virt.c, VIRT_FLASH)
RAM = 1 << 30  # VIRT_MEM
WINDOWS, WINDOW = 512 << 30, 8 << 30  # unused addresses; a hot-added DIMM specifies its node
ENABLED, HOT_PLUGGABLE = 1, 2
OWNER = (b"BOCHS ", b"BXPC    ", 2, b"BXPC", 1)  # QEMU's own table is revision 1


def cpu(number):
    """GICC affinity: on node 0."""
    return struct.pack("<BBIIII", 3, 18, 0, number, ENABLED, 0)


def memory(node, base, size, flags):
    return struct.pack("<BBIHQQIIQ", 1, 40, node, 0, base, size, 0, flags, 0)


def table(guest):
    parts = [cpu(number) for number in range(guest.cpus)]
    parts += [memory(0, FLASH, FLASH_SIZE, ENABLED), memory(0, RAM, guest.ram << 20, ENABLED)]
    parts += [memory(node, WINDOWS + node * WINDOW, WINDOW, ENABLED | HOT_PLUGGABLE) for node in range(1, guest.nodes + 1)]
    body = struct.pack("<I8x", 1) + b"".join(parts)
    data = bytearray(struct.pack("<4sIBB6s8sI4sI", b"SRAT", 36 + len(body), 3, 0, *OWNER) + body)
    data[9] = -sum(data) & 0xFF
    return bytes(data)
