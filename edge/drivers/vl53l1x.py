"""Registers of the VL53L1X time-of-flight sensor: their indexes, what is written there, what comes out.

The register map is not in the data sheet (DS12385): these are facts of the maker's public ultra lite driver
(STSW-IMG009, described in UM2510), the two zones of its people counter (UM2600) and of UM2555. Every
index has 16 bits; values of several bytes have the highest byte first.
"""

from enum import Enum

MODEL_ID, MODEL = 0x010F, 0xEACC
FIRMWARE_STATUS = 0x00E5
TIO_HV_STATUS = 0x0031
ROI_CENTRE, ROI_SIZE = 0x007F, 0x0080
INTERRUPT_CLEAR, MODE_START = 0x0086, 0x0087
ONE_RANGING, RANGING_IN_A_ROW, STOPPED = 0x10, 0x40, 0x00
RESULT, RESULT_BYTES = 0x0089, 17
VHV_LOOP_BOUND, VHV_INIT = 0x0008, 0x000B

#: What the ultra lite driver writes to 0x2D … 0x87 before anything else: long reach, 100 ms, all SPADs.
FIRST_SETTING = 0x2D
SETTINGS = bytes.fromhex(
    "                                       00 00 00"  # 0x2D: bus speed, supply of I2C and GPIO
    "01 02 00 02 08 00 08 10 01 01 00 00 00 00 ff 00"  # 0x30: interrupt active high
    "0f 00 00 00 00 00 20 0b 00 00 02 0a 21 00 00 05"  # 0x40: interrupt at each new sample
    "00 00 00 00 c8 00 00 38 ff 01 00 08 00 00 01 cc"  # 0x50
    "0f 01 f1 0d 01 68 00 80 08 b8 00 00 00 00 0f 89"  # 0x60: sigma and signal limits
    "00 00 00 00 00 00 00 01 0f 0d 0e 0e 00 00 02 c7"  # 0x70
    "ff 9b 00 00 00 01 00 00"  # 0x80
)
#: Registers of the reach (UM2510: distance mode): the table holds `long`.
SHORT = {0x4B: b"\x14", 0x60: b"\x07", 0x63: b"\x05", 0x69: b"\x38", 0x78: b"\x07\x05", 0x7A: b"\x06\x06"}
#: Macro periods of the two laser pulses, 0x5E and 0x61, by reach and time of a ranging in ms.
MACRO_PERIODS = {
    ("short", 15): (0x001D, 0x0027),
    ("short", 20): (0x0051, 0x006E),
    ("short", 33): (0x00D6, 0x006E),
    ("short", 50): (0x01AE, 0x01E8),
    ("short", 100): (0x02E1, 0x0388),
    ("long", 20): (0x001E, 0x0022),
    ("long", 33): (0x0060, 0x006E),
    ("long", 50): (0x00AD, 0x00C6),
    ("long", 100): (0x01CC, 0x01EA),
}
#: What is read back: settings that the ultra lite driver reads too, so the part gives them as they are.
READ_BACK = {0x46: 1, 0x4B: 1, 0x5E: 2, 0x64: 4, ROI_SIZE: 1}
#: Least return of a target, kcps, of the whole array (the table's 0x0080 in steps of 8).
SIGNAL_LIMIT_KCPS = 1024
#: SPADs of the array per side; number of the SPAD in the middle row of column 0, and steps between columns.
SPADS, FIRST_SPAD, SPAD_STEP = 16, 135, 8

#: What the part can measure, mm (DS12385: 4 cm to 4 m).
RANGE_MM = (40, 4500)


class RangeStatus(Enum):
    """What the part says of a ranging (UM2510, UM2356: range status)."""

    VALID = "valid"
    #: Valid, and not compared with a second pulse: a target beyond 5 m could pass for a near one; ceilings
    #: hide those.
    VALID_UNCOMPARED = "valid, not compared"
    SIGMA = "too noisy"
    SIGNAL = "too little light comes back"
    OUT_OF_BOUNDS = "out of bounds"
    WRAPPED = "beyond reach"
    TOO_NEAR = "too near"
    HARDWARE = "hardware"
    OTHER = "other"


#: By the lowest five bits of the status register.
STATUSES = {
    **dict.fromkeys((1, 2, 3), RangeStatus.HARDWARE),
    4: RangeStatus.SIGNAL,
    5: RangeStatus.OUT_OF_BOUNDS,
    6: RangeStatus.SIGMA,
    7: RangeStatus.WRAPPED,
    8: RangeStatus.TOO_NEAR,
    9: RangeStatus.VALID,
    19: RangeStatus.VALID_UNCOMPARED,
}
VALID = (RangeStatus.VALID, RangeStatus.VALID_UNCOMPARED)
