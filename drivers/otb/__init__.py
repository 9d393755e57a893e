"""EMG from amplifiers of OT Bioelettronica: Muovi, Muovi+, Sessantaquattro and Quattrocento."""
