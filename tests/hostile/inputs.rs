//! The table of **cases**: every hostile input that is one file, by name, and the function that
//! makes its bytes. `LIGHT` ones can be read by the hundred in a debug build; `HEAVY` ones have the
//! full size and are for a release build that is measured.

use crate::heavy::{self, Shape, Swelling};
use crate::xml::Long;
use crate::{archives, mail, tarballs, values, xml};

/// A name that begins with the number of its kind, and how to make it.
pub(crate) type Case = (&'static str, fn() -> Vec<u8>);

const MIB: usize = 1 << 20;

/// A document that is just let in.
const FULL: usize = 64 * MIB - (64 << 10);

/// Small ones.
pub(crate) const LIGHT: &[Case] = &[
    ("h03_overlapping_members", || archives::overlapping(900, &archives::noisy_member())),
    ("h04_gzip_in_gzip", || archives::gzip_in_gzip(200)),
    ("h04_zips_in_zips", || archives::zips_in_zips(5, 4)),
    ("h05_many_tar_members", || tarballs::many_members(2_000)),
    ("h07_lying_sizes", archives::lying_sizes),
    ("h07_lying_gzip_size", archives::lying_gzip_size),
    ("h07_lying_tar_size", || tarballs::lying_size(false)),
    ("h07_lying_tar_size_base_256", || tarballs::lying_size(true)),
    ("h08_zip64_without_end", archives::zip64_without_end),
    ("h08_trailer_in_comment", archives::trailer_in_comment),
    ("h08_two_trailers", archives::two_trailers),
    ("h08_zip64_trailer", archives::zip64_trailer),
    ("h09_encrypted", archives::encrypted),
    ("h10_other_methods", archives::other_methods),
    ("h11_bad_names", archives::bad_names),
    ("h12_reports_and_junk", archives::reports_and_junk),
    ("h12_reports_and_junk_in_tar", tarballs::reports_and_junk),
    ("h13_gzip_members", archives::gzip_members),
    ("h13_gzip_and_garbage", || archives::gzip_and(b"\x1f\x8bgarbage")),
    ("h14_cut_gzip", || archives::cut_gzip(50)),
    ("h15_long_tar_names", || tarballs::long_names(8, 100_000)),
    ("h16_nothing", Vec::new),
    ("h16_unused", || b"unused".to_vec()),
    ("h17_external_entity", xml::external_entity),
    ("h18_billion_laughs", xml::billion_laughs),
    ("h18_quadratic_blow_up", || xml::quadratic_blow_up(50_000)),
    ("h18_unknown_entities", || xml::unknown_entities(1_000)),
    ("h19_deep_record", || xml::deep("<record>", 10_000)),
    ("h20_bare_less_than", || xml::bare_less_than(1_000)),
    ("h22_reports_in_a_row", || xml::reports_in_a_row(30)),
    ("h23_cut_in_a_record", xml::cut_in_a_record),
    ("h24_utf_16_be", || xml::encoded(&crate::report::good(), u16::to_be_bytes, false)),
    ("h25_not_utf_8", xml::not_utf8),
    ("h26_control_characters", xml::control_characters),
    ("h33_negative_count", || values::count("-5")),
    ("h33_count_beyond_everything", || values::count("18446744073709551616")),
    ("h34_period_to_come", || values::period("1795132800", "4070908800")),
    ("h35_period_in_milliseconds", || values::period("1795132800000", "1795219199000")),
    ("h36_period_of_ten_years", || values::period("1479600000", "1795219199")),
    ("h39_one_id_two_contents", values::one_id_two_contents),
    ("h40_forged", values::forged),
    ("h41_foreign", values::foreign),
    ("h43_deep_multiparts", || mail::deep_multiparts(2_000)),
    ("h43_deep_messages", || mail::deep_messages(2_000)),
    ("h43_boundary_loop", || mail::boundary_loop(9)),
    ("h43_bad_names", mail::bad_names),
    ("h44_attached_twice", mail::attached_twice),
    ("h57_deep_json", || mail::json("deep", 100_000)),
    ("h57_numbers", || mail::json("numbers", 0)),
];

/// Those of full size.
pub(crate) const HEAVY: &[Case] = &[
    ("h01_gzip_bomb_of_512_mib", || archives::gzip_bomb(512)),
    ("h01_gzip_bomb_of_10_gib", || archives::gzip_bomb(10_240)),
    ("h02_zip_bomb_of_4_gib", || archives::zip_bomb(4_000)),
    ("h02_zip_bomb_without_directory", || archives::zip_bomb_without_directory(4_000)),
    ("h02_380_zip_bombs", || heavy::bombs(380, 60)),
    ("h03_overlapping_bombs", || archives::overlapping(1_000, &archives_bomb())),
    ("h04_stored_in_a_gzip", || heavy::stored_in_a_gzip(FULL - MIB)),
    ("h05_65535_entries", || archives::many_entries(65_535)),
    ("h05_220000_entries", || archives::many_entries(220_000)),
    ("h05_many_tar_members", || tarballs::many_members(45_000)),
    ("h06_two_documents_of_froms", || heavy::reports_in_a_zip(Shape::PaddedFroms, 2, 127 * MIB)),
    ("h06_many_documents_of_froms", || heavy::reports_in_a_zip(Shape::Froms, 12, 127 * MIB)),
    ("h06_many_documents_of_rows", || heavy::reports_in_a_zip(Shape::Rows, 6, 120 * MIB)),
    ("h06_a_thousand_documents_of_froms", || heavy::reports_in_a_zip(Shape::Froms, 999, 127 * MIB)),
    ("h06_a_thousand_documents_of_reasons", || {
        heavy::reports_in_a_zip(Shape::Reasons, 999, 127 * MIB)
    }),
    ("h06_medium_members", || archives::many_medium(900, 1)),
    ("h13_a_thousand_gzip_members", || crate::build::gz([b' '; 60_000]).repeat(1_000)),
    ("h15_endless_gzip_name", || archives::endless_gzip_name(25 * MIB - 100)),
    ("h15_long_gzip_comment", || archives::long_gzip_comment(25 * MIB - 100_000)),
    ("h15_long_tar_names", || tarballs::long_names(200, 120_000)),
    ("h18_quadratic_blow_up", || xml::quadratic_blow_up(3 * MIB)),
    ("h18_many_unknown_entities", || crate::build::gz(xml::unknown_entities(12 * MIB))),
    ("h19_a_million_deep", || xml::deep("<feedback>", 1_000_000)),
    ("h19_a_million_deep_extension", || xml::deep_and_closed(1_000_000)),
    ("h20_long_text", || xml::long(Long::Text, FULL)),
    ("h20_long_cdata", || xml::long(Long::Cdata, FULL)),
    ("h20_long_comment", || xml::long(Long::Comment, FULL)),
    ("h20_long_instruction", || xml::long(Long::Instruction, FULL)),
    ("h20_long_attribute", || xml::long(Long::Attribute, FULL)),
    ("h20_many_attributes", || xml::long(Long::Attributes, FULL)),
    ("h20_long_name", || xml::long(Long::Name, FULL)),
    ("h20_carriage_returns", || xml::long(Long::CarriageReturns, FULL)),
    ("h20_references", || xml::long(Long::References, FULL)),
    ("h20_bare_less_than", || crate::build::gz(xml::bare_less_than(5 * MIB))),
    ("h21_unknown_elements", || xml::unknown_elements("<feedback>", "<a/>b", FULL)),
    ("h21_unknown_in_record", || xml::unknown_elements("<record>", "<a/>", FULL)),
    ("h21_unknown_in_auth_results", || xml::unknown_elements("<auth_results>", "<a>b</a>", FULL)),
    ("h21_repeated_counts", || xml::unknown_elements("<row>", "<count>7</count>", FULL)),
    ("h21_rows", || heavy::shape(Shape::Rows, 20 * MIB)),
    ("h21_rows_over_the_limit", || heavy::shape(Shape::Rows, FULL)),
    ("h21_addresses", || heavy::shape(Shape::Addresses, FULL)),
    ("h21_froms", || heavy::shape(Shape::Froms, FULL)),
    ("h21_froms_under_the_limit", || heavy::shape(Shape::Froms, 11 * MIB)),
    ("h21_padded_froms", || heavy::shape(Shape::PaddedFroms, FULL)),
    ("h21_long_froms", || heavy::shape(Shape::LongFroms, FULL)),
    ("h21_idns", || heavy::shape(Shape::Idns, 12 * MIB)),
    ("h38_long_idns", || heavy::shape(Shape::LongIdns, FULL)),
    ("h20_recovered_at_the_end", || heavy::recovered(Shape::PaddedFroms, FULL)),
    ("h20_dense_less_than", || xml::dense_less_than(FULL)),
    ("h06_two_documents_of_comments", || heavy::reports_in_a_zip(Shape::Comments, 2, 127 * MIB)),
    ("h21_reasons", || heavy::shape(Shape::Reasons, FULL)),
    ("h21_reasons_under_the_limit", || heavy::shape(Shape::Reasons, 3 * MIB)),
    ("h21_comments", || heavy::shape(Shape::Comments, FULL)),
    ("h21_long_comments", || heavy::shape(Shape::LongComments, FULL)),
    ("h21_signatures", || heavy::shape(Shape::Signatures, FULL)),
    ("h21_remarks", || heavy::shape(Shape::Remarks, FULL)),
    ("h21_oddities", || heavy::shape(Shape::Oddities, 30 * MIB)),
    ("h22_a_thousand_reports_in_a_row", || heavy::reports_in_a_row(1_000, FULL)),
    ("h22_ten_reports_in_a_row", || heavy::reports_in_a_row(10, FULL)),
    ("h22_almost_roots", || heavy::almost_roots(FULL)),
    ("h24_utf_16", || heavy::swelling(Swelling::Utf16, FULL)),
    ("h24_windows_1252", || heavy::swelling(Swelling::Windows1252, FULL)),
    ("h24_windows_1252_and_worse", || heavy::swelling(Swelling::Windows1252AndWorse, FULL)),
    ("h25_invalid", || heavy::swelling(Swelling::Invalid, FULL)),
    ("h26_controls", || heavy::swelling(Swelling::Controls, FULL)),
    ("h26_one_control", || heavy::swelling(Swelling::OneControl, FULL)),
    ("h40_many_signatures", || values::many_signatures(1_500)),
    ("h42_flood", || heavy::flood(20, 1_000)),
    ("h43_deep_multiparts", || mail::deep_multiparts(300_000)),
    ("h43_deep_messages", || mail::deep_messages(700_000)),
    ("h43_absent_boundaries", || mail::absent_boundaries(300_000)),
    ("h43_many_parts", || mail::many_parts(10_000)),
    ("h43_long_header", || mail::long_header(20 * MIB)),
    ("h43_names_in_pieces", || mail::name_in_pieces(20_000, 80)),
    ("h43_quoted_messages", || heavy::quoted_messages(9, 24 * MIB)),
    ("h43_noisy_mail", || heavy::noisy_mail(32 * MIB)),
    ("h43_500_parts_of_froms", || heavy::reports_in_a_mail(Shape::Froms, 498, 127 * MIB)),
    ("h43_500_parts_of_reasons", || heavy::reports_in_a_mail(Shape::Reasons, 498, 127 * MIB)),
    ("h57_deep_json", || mail::json("deep", 24 * MIB)),
    ("h57_json_keys", || mail::json("keys", 24 * MIB)),
    ("h57_json_in_gzip", || crate::build::gz(mail::json("string", 60 * MIB))),
];

/// All of them.
pub(crate) fn cases() -> impl Iterator<Item = (String, fn() -> Vec<u8>)> {
    let light = LIGHT.iter().map(|(name, make)| ((*name).to_owned(), *make));
    light.chain(HEAVY.iter().map(|(name, make)| (format!("{name}_heavy"), *make)))
}

fn archives_bomb() -> crate::build::Member {
    crate::build::Member::repeated(
        "0.xml",
        &[(crate::report::good().as_bytes(), 1), (&[b' '; MIB], 60)],
    )
}

#[test]
fn every_case_has_a_name_of_its_own_that_begins_with_its_number() {
    let names: Vec<String> = cases().map(|(name, _)| name).collect();
    for name in &names {
        let number: u8 = name[1..3].parse().unwrap();
        assert!(
            name.starts_with('h') && name.as_bytes()[3] == b'_' && (1..=57).contains(&number),
            "{name}"
        );
        assert_eq!(1, names.iter().filter(|other| *other == name).count(), "{name}");
    }
}

#[test]
fn no_light_case_costs_more_than_a_moment() {
    for (name, make) in LIGHT {
        let bytes = make();
        assert!(bytes.len() < 3 * MIB, "{name} has {} bytes", bytes.len());
        let found = crate::judge::quickly(|| crate::judge::words(&bytes));
        assert!(
            !found.is_empty() && found.iter().all(|word| !word.ends_with("panicked")),
            "{name}: {found:?}"
        );
    }
}

/// Writes each case to a file of its name, for a release build to be measured with.
#[test]
#[ignore = "writes half a gigabyte to the folder that RUAUDIT_HOSTILE_OUT names"]
fn every_case_is_written() {
    let folder =
        std::env::var_os("RUAUDIT_HOSTILE_OUT").expect("RUAUDIT_HOSTILE_OUT names a folder");
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    for (name, make) in cases() {
        std::fs::write(folder.join(name), make()).unwrap();
    }
}
