//! The operations that torch writes into pickles: 31 of protocol 2.

macro_rules! opcodes {
    ($($name:ident = $byte:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Opcode {
            $($name,)+
        }

        impl Opcode {
            /// The operation of this byte.
            pub(super) const fn of(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

opcodes! {
    Mark = b'(';
    Stop = b'.';
    BinInt = b'J';
    BinInt1 = b'K';
    BinInt2 = b'M';
    Long1 = 0x8a;
    BinFloat = b'G';
    BinUnicode = b'X';
    None = b'N';
    NewTrue = 0x88;
    NewFalse = 0x89;
    Tuple = b't';
    EmptyTuple = b')';
    Tuple1 = 0x85;
    Tuple2 = 0x86;
    Tuple3 = 0x87;
    List = b'l';
    EmptyList = b']';
    Appends = b'e';
    Append = b'a';
    Dict = b'd';
    EmptyDict = b'}';
    SetItem = b's';
    SetItems = b'u';
    Global = b'c';
    NewObject = 0x81;
    Build = b'b';
    Reduce = b'R';
    BinPersistentId = b'Q';
    BinPut = b'q';
    LongBinPut = b'r';
    BinGet = b'h';
    LongBinGet = b'j';
}
